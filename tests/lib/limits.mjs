// Ceilings that the npm package may not grow past: its own tests hold them, and the benchmark.

/** What a page downloads to begin with, gzipped. Measured: 52.3 KiB (wasm 39.8, JavaScript 12.4); 53.4 where a bundler splits off what is imported later. */
export const DOWNLOAD_LIMIT = 53.5 * 1024;
/** What `codecell/render` adds to a page, gzipped. Measured: 5.1 KiB. */
export const RENDER_LIMIT = 6 * 1024;
/** What it loads with the first result that needs a frame. Measured: 3.6 KiB. */
export const RENDER_FRAMES_LIMIT = 4 * 1024;
/** What `codecell/files` adds to a page, gzipped. Measured: 4.0 KiB. */
export const FILES_LIMIT = 4 * 1024;
/**
 * What a page loads when it meets a stock Daytona toolbox, gzipped. Measured: 31.3 KiB. The Python in it, 27 KiB: 5.6 are the agent's own (`python/codecell/agent`), the rest
 * is what the worker of codecell-server runs, too: errors 5.3, cells 4.7, output and input 4.3, interrupts and runs 2.4, imports 2.2, adapters for libraries 1.9.
 * Results, insight and what revives a context are loaded when they are used.
 */
export const AGENT_LIMIT = 32 * 1024;
/** What an installation unpacks. Measured: 496.1 KiB. */
export const UNPACKED_LIMIT = 510 * 1024;
