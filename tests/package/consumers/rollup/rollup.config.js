import nodeResolve from "@rollup/plugin-node-resolve";
import { importMetaAssets } from "@web/rollup-plugin-import-meta-assets";

export default {
  input: "src/main.js",
  output: { dir: "dist", format: "es" },
  // The second plugin carries files named by `new URL(…, import.meta.url)` along; without it, import from "codecell/inline".
  plugins: [nodeResolve({ browser: true }), importMetaAssets()],
};
