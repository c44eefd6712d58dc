// The way of a message from the socket to the caller's function. Most of what a message costs is the way between WebAssembly and
// JavaScript, and nearly every message is output on stdout: that one stays here.

/** The short way of a run's output: straight to its handler, as long as nothing is ahead of it. */
export class Lane {
  /** Whether nothing is ahead: the run waits for its next event. */
  open = false;
  /** Whether output went this way. */
  used = false;
  /** What keeps output, if it is kept: an array. */
  kept;
  /** The caller's function, if there is one. */
  handler;
  #busy = false;

  /** A listener for a socket's messages. `pass` gets what has to wait its turn: a frame, or the promise of a handler that is not done. */
  listener(pass) {
    return (message) => {
      const frame = read(message);
      if (!this.open || this.#busy || frame.type !== "stdout" || typeof frame.text !== "string") return pass(frame);
      this.used = true;
      this.kept?.push(frame.text);
      if (!this.handler) return;
      this.#busy = true;
      const waiting = give(this.handler, frame.text);
      this.#busy = false;
      if (waiting) pass(waiting);
    };
  }
}

/** What a message holds: a frame; where it holds none, an object without a type, which is ignored as the official clients do. */
function read({ data }) {
  try {
    const frame = JSON.parse(typeof data === "string" ? data : new TextDecoder().decode(data));
    return typeof frame === "object" && frame !== null ? frame : {};
  } catch {
    return {};
  }
}

/** Gives output to a handler. A promise comes back where there is something to wait for; what a handler throws is one that is rejected. */
export function give(handler, output) {
  try {
    const returned = handler({ output });
    return typeof returned?.then === "function" ? Promise.resolve(returned) : undefined;
  } catch (thrown) {
    return Promise.reject(thrown);
  }
}

/** Calls a function of the caller's, with details where there are any. */
export async function call(ask, argument, details) {
  return details === undefined ? ask(argument) : ask(argument, details);
}
