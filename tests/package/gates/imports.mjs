// Importing does nothing: no global is touched, nothing is loaded, and every entry point exports the same.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { run } from "../../lib/process.mjs";

const entries = ["node.js", "index.js", "inline.js", "slim.js"];
/** Entries beside the client. */
const subpaths = ["files/index.js", "render/index.js"];

export const imports = {
  name: "imports",
  async run({ report, unpacked }) {
    await report.check("imports: no side effect", async () => {
      for (const entry of [...entries, ...subpaths]) {
        // A process of its own for each: what it prints is what the import did to the globals, and whether it reached for wasm or network.
        const program = `
          const before = Reflect.ownKeys(globalThis).length;
          const calls = [];
          for (const [holder, name] of [[WebAssembly, "compile"], [WebAssembly, "instantiate"], [WebAssembly, "Module"], [globalThis, "fetch"]]) {
            holder[name] = () => { calls.push(name); throw new Error("called on import"); };
          }
          await import(${JSON.stringify(pathToFileURL(join(unpacked, entry)).href)});
          console.log(Reflect.ownKeys(globalThis).length - before, calls.length);`;
        const printed = (await run(process.execPath, ["--input-type=module", "--eval", program])).trim();
        if (printed !== "0 0") throw new Error(`importing ${entry} adds globals or loads something: ${printed}`);
      }
    });
    await report.check("imports: the same exports everywhere", async () => {
      const names = [];
      for (const entry of entries) names.push(Object.keys(await import(pathToFileURL(join(unpacked, entry)).href)).sort().join(" "));
      if (new Set(names).size !== 1) throw new Error(`the exports differ:\n${names.join("\n")}`);
      const types = (await Promise.all(["types.d.ts", "errors.d.ts", "insight.d.ts", "results.d.ts", "written.d.ts"].map((file) => readFile(join(unpacked, file), "utf8")))).join("\n");
      const declared = [...types.matchAll(/^export (?:class|function) (\w+)/gm)].map(([, name]) => name);
      const missing = declared.filter((name) => !names[0].split(" ").includes(name));
      if (missing.length > 0) throw new Error(`types.d.ts declares what is not exported: ${missing.join(", ")}`);
    });
    await report.check("imports: no top-level await", async () => {
      for (const entry of [...entries, ...subpaths, "workerd.js"]) {
        const text = await readFile(join(unpacked, entry), "utf8");
        if (/^(?:await|(?:const|let) .*= await)\b/m.test(text)) throw new Error(`${entry} awaits at its top level`);
      }
    });
  },
};
