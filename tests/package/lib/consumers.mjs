// The consumers: each a folder that a person can copy as a starting point, and how it is started, built and served.

const viteFlags = (port) => ["--host", "127.0.0.1", "--strictPort", "--port", port];
const hostFlags = (port) => ["--host", "127.0.0.1", "--port", port];
const nextFlags = (port) => ["--hostname", "127.0.0.1", "--port", port];

/**
 * - `versionOf`: the package whose locked version the table shows; `node` takes a runtime instead (see runtimes.mjs).
 * - `dev`: flags for `npm run dev` on a port. `build`: there is `npm run build`.
 * - `dist`: what ships, where the copies of the wasm are counted. `serve`: the folder for the file server, otherwise `start` is run.
 * - `ssr`: the first answer of the server must hold the page's content.
 */
export const pages = [
  { name: "next", title: "Next.js, app router", versionOf: "next", dev: nextFlags, build: true, dist: ".next/static", start: nextFlags, ssr: true },
  {
    name: "sveltekit", title: "SvelteKit", versionOf: "@sveltejs/kit", node: "24", dev: viteFlags, build: true, dist: "build/client",
    start: () => [], ssr: true,
  },
  { name: "nuxt", title: "Nuxt", versionOf: "nuxt", node: "24", dev: hostFlags, build: true, dist: ".output/public", start: () => [], ssr: true },
  {
    name: "react-router", title: "React Router, framework mode", versionOf: "react-router", node: "24", dev: viteFlags, build: true,
    dist: "build/client", start: () => [], ssr: true,
  },
  { name: "astro", title: "Astro", versionOf: "astro", node: "24", dev: hostFlags, build: true, dist: "dist", serve: "dist" },
  {
    name: "angular", title: "Angular", versionOf: "@angular/core", entry: "codecell/inline", node: "24", dev: hostFlags, build: true, dist: "dist",
    serve: "dist",
  },
  { name: "parcel", title: "Parcel", versionOf: "parcel", dev: hostFlags, build: true, dist: "dist", serve: "dist" },
  { name: "webpack", title: "webpack", versionOf: "webpack", dev: hostFlags, build: true, dist: "dist", serve: "dist" },
  { name: "rspack", title: "Rspack", versionOf: "@rspack/core", dev: hostFlags, build: true, dist: "dist", serve: "dist" },
  { name: "vite", title: "Vite", versionOf: "vite", dev: viteFlags, build: true, dist: "dist", serve: "dist" },
  { name: "vite-previous", title: "Vite, the major before", versionOf: "vite", dev: viteFlags, build: true, dist: "dist", serve: "dist" },
  { name: "rollup", title: "Rollup", versionOf: "rollup", build: true, dist: "dist", serve: "." },
  {
    name: "esbuild", title: "esbuild", versionOf: "esbuild", entry: "codecell/inline", dev: (port) => [`--serve=127.0.0.1:${port}`], build: true,
    dist: "dist", serve: ".",
  },
  { name: "esbuild-slim", title: "esbuild, wasm as a file", versionOf: "esbuild", entry: "codecell/slim", build: true, dist: "dist", serve: "." },
  { name: "import-map", title: "no build: an import map", dist: "node_modules/codecell", serve: ".", files: /index|wasm$/ },
  { name: "web-worker", title: "web worker (Vite)", versionOf: "vite", dev: viteFlags, build: true, dist: "dist", serve: "dist" },
  {
    name: "service-worker", title: "service worker (esbuild)", versionOf: "esbuild", entry: "codecell/inline", build: true,
    dist: "service-worker.js", serve: ".",
  },
];

/**
 * `command` runs in the consumer's folder (`folder`, where its name is not the folder's) with the toolbox in its environment, and prints.
 *
 * - `build`: it runs what `npm run build` made. `tests`: it is a test runner, which has to pass.
 */
export const programs = [
  { name: "node-ws", title: "Node 20, with `ws`", node: "20", command: ["node", "main.js"] },
  { name: "node-22", folder: "node", title: "Node 22", node: "22", command: ["node", "main.js"] },
  { name: "node", title: "Node 24", node: "24", command: ["node", "main.js"] },
  { name: "vite-ssr", title: "Vite, a bundle for a server", versionOf: "vite", node: "24", build: true, command: ["node", "dist/main.js"] },
  {
    name: "jest", title: "Jest, environments node and jsdom", versionOf: "jest", node: "24", tests: true,
    command: ["node", "--experimental-vm-modules", "node_modules/jest/bin/jest.js"],
  },
  { name: "deno", title: "Deno", versionOf: "deno", command: ["deno", "run", "--allow-env", "--allow-net", "--allow-read", "main.js"] },
  { name: "bun", title: "Bun", versionOf: "bun", command: ["bun", "main.js"] },
  { name: "workerd", title: "workerd (wrangler)", versionOf: "wrangler", node: "24", worker: true },
];
