// A toolbox that runs nothing: it sends frames made ahead, as fast as the socket takes them, so that what is measured is the client.
//
// node frame-server.mjs '{"name": {"lines": 100000, "bytes": 0, "link": true}, …}' <how many ports>
//
// A request's code is a script's name: that many lines, each its number, in frames of at least so many bytes of text. With `link`, a client that
// asks for a link gets one, as from codecell-server, and its window holds. It listens on several ports, as Chromium opens WebSockets to one port
// only one after the other. The first line it prints is JSON: its ports. GET / tells how many sockets are open.

import { createServer } from "node:http";
import { pipeline } from "node:stream/promises";
import { WebSocketServer } from "ws";
import { linked, message, plain } from "./frames.mjs";

/** The default of codecell-server. */
const WINDOW = 1 << 20;

const scripts = new Map(Object.entries(JSON.parse(process.argv[2])).map(([name, script]) => [name, { plain: plain(script), linked: script.link && linked(script) }]));
const upgrades = new WebSocketServer({ noServer: true, handleProtocols: ([first]) => first });

const ports = [];
for (let count = Number(process.argv[3]); count > 0; count -= 1) {
  const server = createServer((_, response) => response.end(String(upgrades.clients.size)));
  server.on("upgrade", (request, socket, head) => {
    socket.setNoDelay(true);
    upgrades.handleUpgrade(request, socket, head, (peer) => serve(peer, socket));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  ports.push(server.address().port);
}
console.log(JSON.stringify(ports));

function serve(peer, socket) {
  peer.on("error", () => {});
  peer.once("message", async (first) => {
    const { code, link } = JSON.parse(first);
    const script = scripts.get(code);
    if (!script) return peer.close(1008, `no script ${code}`);
    const isLinked = script.linked && link;
    const pieces = isLinked ? overLink(peer, link.session, script.linked) : script.plain;
    // What is written past the WebSocket are whole messages of its own protocol.
    await pipeline(pieces, socket, { end: false }).catch(() => socket.destroy());
    if (!isLinked) peer.close(1000);
  });
}

/** The answer of a link, and events while there is room in the window. */
async function* overLink(peer, session, chunks) {
  let acknowledged = 0;
  let wake;
  peer.on("message", (sent) => {
    const cursor = JSON.parse(sent).ack?.[1] ?? 0;
    acknowledged = chunks.findLast((chunk) => chunk.cursor <= cursor)?.counted ?? acknowledged;
    wake?.();
  });
  peer.on("close", () => {
    acknowledged = Infinity;
    wake?.();
  });
  yield message(JSON.stringify({ type: "link", v: 1, session, received: 1, window: WINDOW, heartbeat: 15, reconnect: 60, uptime: 60, features: ["link"] }));
  for (const { bytes, counted } of chunks) {
    while (counted > acknowledged + WINDOW) await new Promise((resolve) => (wake = resolve));
    yield bytes;
  }
}
