import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/**
 * The policy that the toolbox sends with the page, in the page's `<meta>` as well, so that it holds behind any server.
 * `wasm-unsafe-eval` lets WebAssembly compile and nothing else; `connect-src` is open because the page may use any toolbox.
 */
const policy = readFileSync(new URL("../server/src/http/content-security-policy.txt", import.meta.url), "utf8")
  .trim()
  .split("; ")
  // Browsers ignore this one in a `<meta>`, with a warning.
  .filter((directive) => !directive.startsWith("frame-ancestors"))
  .join("; ");

/** Built pages only: the development server's hot reloading needs inline styles. */
function contentSecurityPolicy(): Plugin {
  return {
    name: "content-security-policy",
    apply: "build",
    transformIndexHtml: () => [
      { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: policy }, injectTo: "head-prepend" },
    ],
  };
}

/** The frame that shows HTML of results: a file of its own, because the toolbox sends it with a policy of its own. */
function resultFrame(): Plugin {
  const source = readFileSync(new URL("../pkg/render/frame.html", import.meta.url), "utf8");
  return { name: "result-frame", apply: "build", generateBundle() { this.emitFile({ type: "asset", fileName: "frame.html", source }); } };
}

/** What the first script asks for at once. Other parts are loaded when they are needed, such as what a stock Daytona toolbox takes. */
const FIRST = ["editor", "terminal"];

/** Loads what the first script will ask for together with it: the editor, the terminal and the client's wasm. */
function preloads(): Plugin {
  return {
    name: "preloads",
    apply: "build",
    transformIndexHtml: (_html, { bundle = {} }) =>
      Object.values(bundle).flatMap((file) => {
        const href = `./${file.fileName}`;
        if (file.type === "chunk" && file.isDynamicEntry && FIRST.includes(file.name)) return [{ tag: "link", attrs: { rel: "modulepreload", href }, injectTo: "head" }];
        return href.endsWith(".wasm") ? [{ tag: "link", attrs: { rel: "preload", as: "fetch", crossorigin: true, href }, injectTo: "head" }] : [];
      }),
  };
}

/** Leaves each file compressed beside itself: the toolbox sends `.br` or `.gz` to browsers that take it, and has no work with it. */
function precompressed(): Plugin {
  let folder = "";
  return {
    name: "precompressed",
    apply: "build",
    configResolved: (config) => void (folder = join(config.root, config.build.outDir)),
    closeBundle() {
      const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      for (const file of files) {
        if (!/\.(html|js|css|wasm|svg)$/.test(file.name)) continue;
        const path = join(file.parentPath, file.name);
        const content = readFileSync(path);
        // The last percents of a library of megabytes would take longer than the whole build.
        const quality = content.length > 1_000_000 ? 7 : constants.BROTLI_MAX_QUALITY;
        writeFileSync(`${path}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }));
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}

/** What draws charts, as their packages hold it for a `<script>`; they don't name it among their entry points. */
function chartLibrary(name: string): string {
  return join(dirname(createRequire(import.meta.url).resolve(name)), `${name}.min.js`);
}

export default defineConfig({
  resolve: { alias: ["vega", "vega-lite", "vega-embed"].map((name) => ({ find: new RegExp(`^${name}/script`), replacement: chartLibrary(name) })) },
  plugins: [svelte(), contentSecurityPolicy(), resultFrame(), preloads(), precompressed()],
  // Relative addresses: the page works below any path. Nothing is inlined: the policy allows no data: scripts or fonts.
  base: "./",
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  test: { include: ["src/**/*.test.ts"] },
});
