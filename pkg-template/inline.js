// The entry point for hosts that can serve no file: the wasm is in the JavaScript, compressed, and unpacked on the first `connect`.

import { deflated } from "./inline-wasm.js";
import { open } from "./load.js";

export * from "./api.js";

export function connect(options) {
  return open(options, unpack);
}

function unpack() {
  const bytes = Uint8Array.from(atob(deflated), (character) => character.charCodeAt(0));
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(inflated).arrayBuffer();
}
