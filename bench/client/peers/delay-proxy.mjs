// Simulates distance: a TCP proxy that delays bytes in each direction, and new connections by a round trip.
//
// node delay-proxy.mjs <port behind it> <milliseconds one way>
//
// SIGUSR2 cuts all connections. The first line it prints is its port. On loopback a connection is there at once; over a distance its first bytes leave only when the handshake has
// gone there and back, so here they wait for that long.

import { connect, createServer } from "node:net";

const [port, delay] = process.argv.slice(2).map(Number);

const connections = new Set();

const server = createServer((near) => {
  const far = connect(port, "127.0.0.1");
  connections.add(near);
  near.on("close", () => connections.delete(near));
  carry(near, far, performance.now() + 2 * delay);
  carry(far, near, 0);
});
process.on("SIGUSR2", () => connections.forEach((near) => near.destroy()));
server.listen(0, "127.0.0.1", () => console.log(server.address().port));

/** Carries bytes, and the end of them, from one socket to the other; none leaves before `opened`. */
function carry(from, to, opened) {
  const waiting = [];
  const send = (act) => {
    waiting.push({ act, due: Math.max(performance.now(), opened) + delay });
    if (waiting.length === 1) wake();
  };
  const wake = () => setTimeout(deliver, Math.max(0, waiting[0].due - performance.now()));
  const deliver = () => {
    // A timer may be early by a fraction of a millisecond.
    while (waiting.length > 0 && waiting[0].due <= performance.now()) waiting.shift().act();
    if (waiting.length > 0) wake();
  };
  from.setNoDelay(true);
  from.on("data", (bytes) => send(() => to.write(bytes)));
  from.on("end", () => send(() => to.end()));
  from.on("close", () => send(() => to.destroy()));
  from.on("error", () => {});
}
