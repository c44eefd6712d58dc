// Reads a file from a bulk download, the one way in which every toolbox sends files: a form whose parts hold a file, or say why it can't be read.

import { DaytonaConnectionError, DaytonaError } from "../errors.js";
import { json, named, refusal } from "./arguments.js";

/** How long nothing may arrive, in milliseconds. */
const STALL_MS = 60_000;

/** The lines before a part, in bytes. */
const LONGEST_HEAD = 65_536;

/** Opens a file: `next` gives its pieces and then undefined, `cancel` stops. Rejects if it can't be read. */
export async function open(interpreter, path, { signal }) {
  const response = await interpreter.request("/files/bulk-download", {
    ...json({ paths: [path] }),
    signal,
  });
  const [, boundary] = /boundary="?([^";]+)/i.exec(response.headers.get("content-type")) ?? [];
  if (!boundary) {
    response.body?.cancel().catch(() => {});
    throw new DaytonaError(`Could not read ${path}: the answer is no download. Check the toolbox URL.`, { code: "UNEXPECTED_RESPONSE" });
  }
  const reader = response.body.getReader();
  /** What arrived and was not taken. */
  let rest = new Uint8Array();

  const cancel = () => {
    signal?.removeEventListener("abort", cancel);
    return reader.cancel().catch(() => {});
  };
  // A signal ends an answer that has begun by itself, except in browsers from before 2024.
  signal?.addEventListener("abort", cancel);

  const cut = (happened, cause) => new DaytonaConnectionError(`Could not read ${path}: ${happened}. Try again.`, { code: "CONNECTION_LOST", cause });

  async function more() {
    let timer;
    const late = new Promise((_, reject) => (timer = setTimeout(reject, STALL_MS, cut("nothing arrived for 60 seconds"))));
    try {
      const { done, value } = await Promise.race([reader.read(), late]);
      if (done) throw cut("the answer ended before the file did");
      const joined = new Uint8Array(rest.length + value.length);
      joined.set(rest);
      joined.set(value, rest.length);
      rest = joined;
    } catch (error) {
      cancel();
      throw signal?.aborted ? signal.reason : error instanceof DaytonaError ? error : cut("the connection broke", error);
    } finally {
      clearTimeout(timer);
    }
  }

  function take(length) {
    const piece = rest.subarray(0, length);
    rest = rest.subarray(length);
    return piece;
  }

  let end;
  while ((end = find(rest, "\r\n\r\n")) < 0) {
    if (rest.length > LONGEST_HEAD) cancel();
    await more();
  }
  const head = new TextDecoder().decode(take(end + 4));
  /** How many bytes are left of a part that says its length. */
  let left = /^content-length: *(\d+)/im.exec(head)?.[1];
  const delimiter = `\r\n--${boundary}`;
  let isAtEnd = false;

  /** The next piece, or undefined at the end. A file of which not all arrives is an error. */
  async function next() {
    while (!isAtEnd) {
      let length = rest.length;
      if (left === undefined) {
        const end = find(rest, delimiter);
        isAtEnd = end >= 0;
        length = isAtEnd ? end : Math.max(0, length - delimiter.length);
      } else {
        length = Math.min(length, left);
        left -= length;
        isAtEnd = left === 0;
      }
      if (length) return take(length);
      if (!isAtEnd) await more();
    }
    signal?.removeEventListener("abort", cancel);
    drain(reader);
  }

  if (/form-data;.*\bname="?error\b/i.test(head)) {
    const decoder = new TextDecoder();
    let text = "";
    for (let piece; (piece = await next()); ) text += decoder.decode(piece, { stream: true });
    let said = {};
    try {
      said = { ...JSON.parse(text) };
    } catch {
      // Text that is not JSON is shown as it is.
    }
    const message = said.message ?? text.trim();
    const status = said.statusCode ?? said.status_code ?? (/no such|not (found|exist)/i.test(message) ? 404 : undefined);
    throw refusal(`Could not read ${named(path, message)}.`, status, said);
  }
  return { next, cancel };
}

/** Reads what ends an answer, so that its connection can be used again. */
async function drain(reader) {
  try {
    for (let read = 0; read < 4; read += 1) if ((await reader.read()).done) return;
    await reader.cancel();
  } catch {
    // The file is there.
  }
}

/** Where an ASCII text begins in bytes, or -1. */
function find(bytes, text) {
  for (let at = -1; (at = bytes.indexOf(text.charCodeAt(0), at + 1)) >= 0; ) {
    let length = 1;
    while (length < text.length && bytes[at + length] === text.charCodeAt(length)) length += 1;
    if (length === text.length) return at;
  }
  return -1;
}
