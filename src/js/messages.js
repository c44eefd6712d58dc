// From a message of the toolbox to the caller's function. Most of what a message costs is the way between WebAssembly and JavaScript,
// so each of these does in one step what would be five.

/** What a message holds: the text of output on `stdout`, as nearly every one is; or any other frame, an object; or nothing that is a frame. */
export function read(data) {
  try {
    const frame = JSON.parse(typeof data === "string" ? data : new TextDecoder().decode(data));
    if (typeof frame !== "object" || frame === null) return undefined;
    return frame.type === "stdout" && typeof frame.text === "string" ? frame.text : frame;
  } catch {
    return undefined;
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

/** Calls a function of the caller's. */
export async function call(ask, argument) {
  return ask(argument);
}
