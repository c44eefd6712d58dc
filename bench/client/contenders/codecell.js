// The package, as an application bundles it.

import { connect } from "codecell";

let memory;

// The package does not expose its memory. It can be observed where it is created.
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (...given) => {
  const made = await instantiate.apply(WebAssembly, given);
  memory = (made.instance ?? made).exports.memory;
  return made;
};

/** The size of the WebAssembly memory. */
globalThis.wasmBytes = () => memory.buffer.byteLength;

/** A client of the toolbox at `url`. Without the agent for stock toolboxes: the frame server runs no code. */
export async function open(url, token) {
  const interpreter = await connect({ toolboxUrl: url, token, agent: false });
  return {
    run: async (code, onStdout) => (await interpreter.runCode(code, { onStdout })).stdout,
    close: () => interpreter.close(),
  };
}
