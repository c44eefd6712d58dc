// A toolbox that runs nothing: it sends frames made ahead, as fast as the socket takes them, so that what is measured is the client.
//
// node frame-server.mjs '{"name": {"lines": 100000, "bytes": 0}, …}' <how many ports>
//
// A request's code is a script's name: that many lines, each its number, in frames of at least so many bytes of text. It listens on several ports, as
// Chromium opens WebSockets to one port only one after the other. The first line it prints is JSON: its ports. GET / tells how many sockets are open.

import { createServer } from "node:http";
import { pipeline } from "node:stream/promises";
import { WebSocketServer } from "ws";

const WRITE_BYTES = 64 * 1024;

const scripts = new Map(Object.entries(JSON.parse(process.argv[2])).map(([name, script]) => [name, wire(script)]));
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
  peer.once("message", async (message) => {
    const { code } = JSON.parse(message);
    const bytes = scripts.get(code);
    if (!bytes) return peer.close(1008, `no script ${code}`);
    // What is written past the WebSocket are whole frames of its own protocol.
    await pipeline(pieces(bytes), socket, { end: false }).catch(() => socket.destroy());
    peer.close(1000);
  });
}

function* pieces(bytes) {
  for (let at = 0; at < bytes.length; at += WRITE_BYTES) yield bytes.subarray(at, at + WRITE_BYTES);
}

/** The script as it goes over the wire. */
function wire({ lines, bytes }) {
  const frames = [];
  let text = "";
  const flush = () => {
    frames.push(frame({ type: "stdout", text }));
    text = "";
  };
  for (let line = 0; line < lines; line += 1) {
    text += `${line}\n`;
    if (text.length >= bytes) flush();
  }
  if (text) flush();
  frames.push(frame({ type: "control", text: "completed" }));
  return Buffer.concat(frames);
}

/** An unmasked text frame, RFC 6455 section 5.2. */
function frame({ type, text }) {
  const payload = Buffer.from(JSON.stringify({ type, text, name: "", value: "", traceback: "" }));
  const head = payload.length < 126 ? Buffer.alloc(2) : Buffer.alloc(payload.length < 65_536 ? 4 : 10);
  head[0] = 0x81;
  if (head.length === 2) head[1] = payload.length;
  if (head.length === 4) head[1] = 126, head.writeUInt16BE(payload.length, 2);
  if (head.length === 10) head[1] = 127, head.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([head, payload]);
}
