/**
 * The compiled client, for applications that load it themselves and hand it to `initialize` of `codecell/slim`.
 *
 * What the import gives is the bundler's or the runtime's choice: the file's address (`?url`, asset modules) or a compiled module (workerd, Deno).
 */
declare const wasm: string | WebAssembly.Module;
export default wasm;
