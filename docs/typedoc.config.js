// The API reference, from the package's own types, with the guides beside it: `cargo xtask doc` writes it to docs/dist.

import { join } from "node:path";

const pkg = process.env.CODECELL_PKG ?? join(import.meta.dirname, "../pkg");

/** @type {import("typedoc").TypeDocOptions} */
export default {
  name: "codecell",
  entryPoints: ["types.d.ts", "files/index.d.ts", "render/index.d.ts"].map((file) => join(pkg, file)),
  tsconfig: "tsconfig.json",
  readme: join(pkg, "README.md"),
  projectDocuments: ["*.md"],
  out: "dist",
  disableSources: true,
  hideGenerator: true,
  highlightLanguages: ["html", "js", "jsx", "nginx", "python", "rust", "sh", "svelte", "text", "ts", "vue"],
  ignoredHighlightLanguages: ["caddyfile", "haproxy"],
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
  validation: { invalidLink: true, notDocumented: true, notExported: true, rewrittenLink: true },
  requiredToBeDocumented: ["Class", "Interface", "Function", "Method", "Property", "TypeAlias"],
};
