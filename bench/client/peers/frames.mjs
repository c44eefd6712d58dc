// A script's frames as they go over the wire: the bytes of WebSocket messages, made ahead.

const CHUNK_BYTES = 64 * 1024;

/** Of a link: a chunk is at most an eighth of the window, which counts more than the bytes. */
const COUNTED_BYTES = 128 * 1024;

/** What an event counts in the window beside its payload (`EVENT_OVERHEAD_BYTES` in `src/protocol/link_event.rs`). */
const EVENT_OVERHEAD = 512;

/** Version 0 of the protocol: each frame is JSON. Gives chunks of bytes. */
export function plain(script) {
  const frames = Array.from(texts(script), (text) => message(json({ type: "stdout", text })));
  const all = Buffer.concat([...frames, message(json({ type: "control", text: "completed" }))]);
  return Array.from({ length: Math.ceil(all.length / CHUNK_BYTES) }, (_, at) => all.subarray(at * CHUNK_BYTES, (at + 1) * CHUNK_BYTES));
}

/** Events of a link's execution number 1. Gives chunks of whole events: their bytes, the last one's cursor, and what all up to it count in the window. */
export function linked(script) {
  const chunks = [];
  let [events, size, cursor, counted, cutAt] = [[], 0, 0, 0, 0];
  const add = (kind, payload) => {
    events.push(message(`1 ${(cursor += 1)} ${kind}\n${payload}`));
    size += events.at(-1).length;
    counted += Buffer.byteLength(payload) + EVENT_OVERHEAD;
  };
  const cut = () => {
    chunks.push({ bytes: Buffer.concat(events), cursor, counted });
    [events, size, cutAt] = [[], 0, counted];
  };
  for (const text of texts(script)) {
    add("o", text);
    if (size >= CHUNK_BYTES || counted - cutAt >= COUNTED_BYTES) cut();
  }
  add("f", json({ type: "control", text: "completed" }));
  add("x", JSON.stringify({ code: 1000, reason: "" }));
  cut();
  return chunks;
}

/** An unmasked text message, RFC 6455 section 5.2. */
export function message(text) {
  const payload = Buffer.from(text);
  const head = payload.length < 126 ? Buffer.alloc(2) : Buffer.alloc(payload.length < 65_536 ? 4 : 10);
  head[0] = 0x81;
  if (head.length === 2) head[1] = payload.length;
  if (head.length === 4) head[1] = 126, head.writeUInt16BE(payload.length, 2);
  if (head.length === 10) head[1] = 127, head.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([head, payload]);
}

/** The text of each frame: that many lines, each its number, in frames of at least so many bytes. */
function* texts({ lines, bytes }) {
  let text = "";
  for (let line = 0; line < lines; line += 1) {
    text += `${line}\n`;
    if (text.length < bytes) continue;
    yield text;
    text = "";
  }
  if (text) yield text;
}

function json({ type, text }) {
  return JSON.stringify({ type, text, name: "", value: "", traceback: "" });
}
