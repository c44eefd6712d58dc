// What is in the tarball, and what the package linters say of it.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../lib/process.mjs";

const wanted = [
  "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "agent/agent.js", "agent/insight-source.js", "agent/questions.js", "agent/results-source.js", "agent/revival.js", "agent/run.js", "agent/source.js", "bindings.js", "capabilities.d.ts", "checks.js", "codecell.wasm", "errors.d.ts", "errors.js", "files/index.d.ts", "files/index.js", "index.js", "inline.d.ts",
  "inline.js", "insight.d.ts", "insight.js", "node.js", "package.json", "render/frame.html", "render/index.d.ts", "render/index.js",
  "request.d.ts", "request.js", "results.d.ts", "runtime.d.ts", "slim.d.ts", "slim.js", "types.d.ts", "unpack.js", "workerd.js", "written.d.ts",
];

export const contents = {
  name: "contents",
  async run({ report, facts, unpacked }) {
    const files = facts.files.map(({ path }) => path);
    await report.check("contents: the files", () => {
      const missing = wanted.filter((file) => !files.includes(file));
      if (missing.length > 0) throw new Error(`the tarball lacks ${missing.join(", ")}`);
      const wasm = files.filter((file) => file.endsWith(".wasm"));
      if (wasm.length !== 1) throw new Error(`one wasm file should be there, not ${wasm.join(", ")}`);
    });
    await report.check("contents: no dependency, no install script", async () => {
      const manifest = JSON.parse(await readFile(join(unpacked, "package.json"), "utf8"));
      const dependencies = Object.keys(manifest).filter((key) => /dependencies$/i.test(key));
      if (dependencies.length > 0 || manifest.scripts) throw new Error(`package.json has ${[...dependencies, manifest.scripts && "scripts"]}`);
      for (const [entry, conditions] of Object.entries(manifest.exports)) {
        const first = Object.keys(conditions)[0];
        if (typeof conditions === "object" && first !== "types") throw new Error(`the first condition of ${entry} is ${first}, not types`);
      }
    });
  },
};

export const lint = {
  name: "lint",
  async run({ report, tarball, unpacked }) {
    const bin = join(import.meta.dirname, "../../../node_modules/.bin");
    await report.check("lint: publint --strict", () => run(join(bin, "publint"), ["--strict", unpacked]).then(() => {}));
    await report.check("lint: attw --profile esm-only", () => run(join(bin, "attw"), [tarball, "--profile", "esm-only", "--exclude-entrypoints", "./render/frame.html"]).then(() => {}));
  },
};
