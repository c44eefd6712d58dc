import { defineConfig } from "vite";

// One file with all that it needs, as some hosts want it.
export default defineConfig({ ssr: { noExternal: true } });
