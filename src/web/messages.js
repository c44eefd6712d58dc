// What happens to a message between the socket and the caller's function. Crossing between WebAssembly and JavaScript is most of
// what a message costs, and nearly every message is output on stdout: that stays in JavaScript.

/** Takes a run's output on stdout straight to its handler, as long as nothing is ahead of it. */
export class StdoutFastPath {
  /** Whether nothing is ahead: the run waits for its next event. */
  open = false;
  /** When output first went this way (`Date.now()`), or 0. */
  firstOutputAt = 0;
  /** The array that output is pushed onto, if it is captured. */
  captured;
  /** The caller's function, if there is one. */
  handler;
  #busy = false;

  /** A listener for a socket's messages. `enqueue` gets what has to wait its turn: a frame, or the promise of a handler that is not done. */
  listener(enqueue) {
    return (message) => {
      const frame = read(message);
      if (!this.open || this.#busy || frame.type !== "stdout" || typeof frame.text !== "string") return enqueue(frame);
      this.firstOutputAt ||= Date.now();
      this.captured?.push(frame.text);
      if (!this.handler) return;
      this.#busy = true;
      const pending = giveOutput(this.handler, frame.text);
      this.#busy = false;
      if (pending) enqueue(pending);
    };
  }
}

/** The frame in a message. A message that holds none gives an object without a type, which is ignored, as the official clients do. */
function read({ data }) {
  try {
    const frame = JSON.parse(typeof data === "string" ? data : new TextDecoder().decode(data));
    return typeof frame === "object" && frame !== null ? frame : {};
  } catch {
    return {};
  }
}

/** Gives output to a handler. Returns a promise if there is something to wait for; a handler that throws gives a rejected one. */
export function giveOutput(handler, output) {
  try {
    const returned = handler({ output });
    return typeof returned?.then === "function" ? Promise.resolve(returned) : undefined;
  } catch (thrown) {
    return Promise.reject(thrown);
  }
}

/** Calls one of the caller's functions, with details if there are any. */
export async function call(handler, argument, details) {
  return details === undefined ? handler(argument) : handler(argument, details);
}

/** Closes a socket that is still connecting once it is open: browsers log a warning, with the URL and its token, if it is closed before. */
export function closeWhenOpen(socket) {
  socket.addEventListener("open", () => socket.close());
}

/** Whether JSON and UTF-8 can carry a text: it has no half of a surrogate pair. */
export function isWellFormed(text) {
  return !/\p{Surrogate}/u.test(text);
}
