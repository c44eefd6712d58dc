// The size budget: what a page downloads, and what an installation unpacks.

import { gzipSync } from "node:zlib";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { AGENT_LIMIT, DOWNLOAD_LIMIT, FILES_LIMIT, RENDER_FRAMES_LIMIT, RENDER_LIMIT, UNPACKED_LIMIT } from "../../lib/limits.mjs";

export const size = {
  name: "size",
  async run({ report, facts, unpacked }) {
    await report.check("size: the download", async () => {
      const script = await bundled(unpacked, `export * from "./index.js"`, ["./request.js", "./insight.js", "./agent/agent.js"]);
      const wasm = gzipSync(await readFile(join(unpacked, "codecell.wasm")), { level: 9 }).length;
      const said = `${kib(script + wasm)}: wasm ${kib(wasm)}, JavaScript ${kib(script)}, gzipped; at most ${kib(DOWNLOAD_LIMIT)}`;
      if (script + wasm > DOWNLOAD_LIMIT) throw new Error(said);
      return said;
    });
    await report.check("size: codecell/render", async () => {
      const { outputFiles } = await build({
        stdin: { contents: `export * from "./render/index.js"`, resolveDir: unpacked },
        bundle: true, minify: true, splitting: true, outdir: "out", format: "esm", write: false, logLevel: "silent",
      });
      const sizes = outputFiles.map(({ contents }) => gzipSync(contents, { level: 9 }).length);
      const [entry, ...later] = sizes;
      const frames = later.reduce((sum, length) => sum + length, 0);
      const said = `${kib(entry)}, gzipped, at most ${kib(RENDER_LIMIT)}; with the first frame ${kib(frames)} more, at most ${kib(RENDER_FRAMES_LIMIT)}`;
      if (entry > RENDER_LIMIT || frames > RENDER_FRAMES_LIMIT) throw new Error(said);
      return said;
    });
    await report.check("size: codecell/files", async () => {
      const files = await bundled(unpacked, `export * from "./files/index.js"`, ["../errors.js", "../checks.js"]);
      const said = `${kib(files)}, gzipped; at most ${kib(FILES_LIMIT)}`;
      if (files > FILES_LIMIT) throw new Error(said);
      return said;
    });
    await report.check("size: the agent", async () => {
      const script = await bundled(unpacked, `export * from "./agent/agent.js"`, ["../connections.js", "../messages.js", "./results-source.js", "./revival.js", "./questions.js"]);
      const said = `${kib(script)}, gzipped; at most ${kib(AGENT_LIMIT)}`;
      if (script > AGENT_LIMIT) throw new Error(said);
      return said;
    });
    await report.check("size: unpacked", () => {
      const largest = facts.files.toSorted((a, b) => b.size - a.size).slice(0, 4);
      const said = `${kib(facts.unpackedSize)}, at most ${kib(UNPACKED_LIMIT)}; ${largest.map((file) => `${file.path} ${kib(file.size)}`).join(", ")}`;
      if (facts.unpackedSize > UNPACKED_LIMIT) throw new Error(said);
      return said;
    });
  },
};

/** The gzipped size of what a page loads for these imports. `external` is not part of it: what is loaded when it is used, or counted elsewhere. */
async function bundled(folder, contents, external) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder },
    bundle: true, minify: true, format: "esm", write: false, logLevel: "silent", external,
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

function kib(bytes) {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}
