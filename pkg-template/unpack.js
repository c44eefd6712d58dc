// The wasm from the JavaScript that holds it, compressed.

import { deflated } from "./inline-wasm.js";

export function unpack() {
  const bytes = Uint8Array.from(atob(deflated), (character) => character.charCodeAt(0));
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(inflated).arrayBuffer();
}
