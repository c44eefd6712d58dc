// The package, as an application's bundle has it.

import { connect } from "codecell";

let memory;

// The package keeps its memory to itself; what there is of it is seen where it is made.
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (...given) => {
  const made = await instantiate.apply(WebAssembly, given);
  memory = (made.instance ?? made).exports.memory;
  return made;
};

/** How much memory the WebAssembly has. */
globalThis.wasmBytes = () => memory.buffer.byteLength;

/** A client of the toolbox at `url`. */
export async function open(url, token) {
  const interpreter = await connect({ toolboxUrl: url, token });
  return {
    run: async (code, onStdout) => (await interpreter.runCode(code, { onStdout })).stdout,
    close: () => interpreter.close(),
  };
}
