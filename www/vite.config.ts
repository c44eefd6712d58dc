import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
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

/** Loads what the first script will ask for together with it: the editor, the terminal and the client's wasm. */
function preloads(): Plugin {
  return {
    name: "preloads",
    apply: "build",
    transformIndexHtml: (_html, { bundle = {} }) =>
      Object.values(bundle).flatMap((file) => {
        const href = `./${file.fileName}`;
        if (file.type === "chunk" && file.isDynamicEntry) return [{ tag: "link", attrs: { rel: "modulepreload", href }, injectTo: "head" }];
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
        writeFileSync(`${path}.br`, brotliCompressSync(content));
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [svelte(), contentSecurityPolicy(), preloads(), precompressed()],
  // Relative addresses: the page works below any path. Nothing is inlined: the policy allows no data: scripts or fonts.
  base: "./",
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  test: { include: ["src/**/*.test.ts"] },
});
