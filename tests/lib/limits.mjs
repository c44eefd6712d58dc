// Ceilings that the npm package may not grow past: its own tests hold them, and the benchmark.

/** What a page downloads, gzipped. Measured: 46.9 KiB (wasm 41.3, JavaScript 5.5). */
export const DOWNLOAD_LIMIT = 48 * 1024;
/** What an installation unpacks. Measured: 233.2 KiB. */
export const UNPACKED_LIMIT = 240 * 1024;
