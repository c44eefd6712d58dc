// The socket of one run, as the toolbox holds it: frames wait in a queue of bounded length, and a client that is too slow for it is dropped.

const MOST_FRAMES = 1024;

/** What a stock toolbox sends of a worker's frame: these five fields as texts, and no other. Undefined if it is no frame. */
export function readFrame(line) {
  let sent;
  try {
    sent = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (sent === null || typeof sent !== "object" || Array.isArray(sent)) return undefined;
  const frame = {};
  for (const name of ["type", "text", "name", "value", "traceback"]) {
    const value = sent[name] ?? "";
    if (typeof value !== "string") return undefined;
    frame[name] = value;
  }
  return frame;
}

export class RunSocket {
  #socket;
  #frames = [];
  #isSending = false;
  #close;
  #isOver = false;

  constructor(socket) {
    this.#socket = socket;
    // That the client has gone stops nothing: only the frames have nowhere to go.
    socket.on("close", () => (this.#isOver = true));
    socket.on("error", () => (this.#isOver = true));
  }

  send(frame) {
    if (this.#isOver || this.#close) return;
    if (this.#frames.length >= MOST_FRAMES) {
      this.#isOver = true;
      this.#frames.length = 0;
      this.#socket.terminate();
      return;
    }
    this.#frames.push(JSON.stringify(frame));
    this.#drain();
  }

  /** Closes it once all the frames are sent; the first close counts. */
  close(code, reason = "") {
    this.#close ??= [code, reason];
    this.#drain();
  }

  #drain() {
    if (this.#isSending || this.#isOver) return;
    const frame = this.#frames.shift();
    if (frame === undefined) {
      if (this.#close) {
        this.#isOver = true;
        this.#socket.close(...this.#close);
      }
      return;
    }
    this.#isSending = true;
    this.#socket.send(frame, () => {
      this.#isSending = false;
      this.#drain();
    });
  }
}
