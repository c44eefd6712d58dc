// Ceilings that the npm package may not grow past: its own tests hold them, and the benchmark.

/** What a page downloads, gzipped. Measured: 57.1 KiB (wasm 48.1, JavaScript 9.0). */
export const DOWNLOAD_LIMIT = 59 * 1024;
/** What `codecell/render` adds to a page, gzipped. Measured: 5.1 KiB. */
export const RENDER_LIMIT = 6 * 1024;
/** What it loads with the first result that needs a frame. Measured: 3.0 KiB. */
export const RENDER_FRAMES_LIMIT = 3.5 * 1024;
/** What an installation unpacks. Measured: 335 KiB, before results and insight. */
export const UNPACKED_LIMIT = 352 * 1024;
