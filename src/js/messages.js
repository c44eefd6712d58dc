// From a message of the toolbox to the caller's function. Most of what a message costs is the way between WebAssembly and JavaScript,
// so each of these does in one step what would be five.

/** What a message holds: a frame; where it holds none, an object without a type. */
export function read({ data }) {
  try {
    const frame = JSON.parse(typeof data === "string" ? data : new TextDecoder().decode(data));
    return typeof frame === "object" && frame !== null ? frame : {};
  } catch {
    return {};
  }
}

/**
 * Takes a message. Output on `stdout`, as nearly every one is, is kept and given to its handler, if there is one: what there is to
 * wait for comes back. Of any other message its frame comes back.
 */
export function take(message, kept, handler) {
  const frame = read(message);
  if (frame.type !== "stdout" || typeof frame.text !== "string") return frame;
  kept?.push(frame.text);
  return handler && give(handler, frame.text);
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

/** Calls a function of the caller's. */
export async function call(ask, argument) {
  return ask(argument);
}
