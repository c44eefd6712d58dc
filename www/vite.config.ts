import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/**
 * The page's own policy, in its `<meta>`, so that it holds behind any server; the toolbox sends the same and more as a header.
 * `wasm-unsafe-eval` lets WebAssembly compile and nothing else; `connect-src` is open because the page may be pointed at any toolbox.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self' http: https: ws: wss:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

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

/** What the first script asks for anyway, asked for with it: the editor, the terminal and the client's wasm arrive while it is still read. */
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

export default defineConfig({
  plugins: [svelte(), contentSecurityPolicy(), preloads()],
  // Relative addresses: the page works below any path. Nothing is inlined: the policy allows no data: scripts or fonts.
  base: "./",
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  test: { include: ["src/**/*.test.ts"] },
});
