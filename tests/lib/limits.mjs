// Ceilings that the npm package may not grow past: its own tests hold them, and the benchmark.

/** What a page downloads to begin with, gzipped. Measured: 55.3 KiB (wasm 43.1, JavaScript 12.2); 56.7 where a bundler splits off what is imported later. */
export const DOWNLOAD_LIMIT = 57 * 1024;
/** What `codecell/render` adds to a page, gzipped. Measured: 5.1 KiB. */
export const RENDER_LIMIT = 6 * 1024;
/** What it loads with the first result that needs a frame. Measured: 3.6 KiB. */
export const RENDER_FRAMES_LIMIT = 4 * 1024;
/** What `codecell/files` adds to a page, gzipped. Measured: 4.0 KiB. */
export const FILES_LIMIT = 4 * 1024;
/** What a page loads when it meets a stock Daytona toolbox, gzipped: Python of the context's process for the most part. Measured: 32.3 KiB. */
export const AGENT_LIMIT = 33 * 1024;
/** What an installation unpacks. Measured: 496.1 KiB. */
export const UNPACKED_LIMIT = 510 * 1024;
