// types.d.ts compiles in projects of other settings than our own, with the libraries' types checked too (skipLibCheck: false).

import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../lib/process.mjs";

const modules = join(import.meta.dirname, "../../../node_modules");

const projects = {
  "lib ES2022 and DOM": { module: "preserve", moduleResolution: "bundler", lib: ["es2022", "dom"], types: [] },
  "Node without DOM": { module: "nodenext", moduleResolution: "nodenext", lib: ["es2022"], types: ["node"] },
  exactOptionalPropertyTypes: { module: "preserve", moduleResolution: "bundler", lib: ["es2022", "dom"], types: [], exactOptionalPropertyTypes: true },
  "moduleResolution node10": { module: "esnext", moduleResolution: "node10", ignoreDeprecations: "6.0", lib: ["es2022", "dom"], types: [] },
  "lib ESNext and DOM, with Node's types": { module: "preserve", moduleResolution: "bundler", lib: ["esnext", "dom"], types: ["node"] },
};

export const types = {
  name: "types",
  async run({ report, unpacked, scratch }) {
    const folder = join(scratch, "types");
    await mkdir(join(folder, "node_modules/@types"), { recursive: true });
    await symlink(unpacked, join(folder, "node_modules/codecell"));
    for (const name of ["@types/node", "undici-types"]) await symlink(join(modules, name), join(folder, "node_modules", name));
    await writeFile(join(folder, "package.json"), `{ "type": "module" }`);
    for (const name of ["use.ts", "use-render.ts"]) await cp(join(import.meta.dirname, "../fixtures", name), join(folder, name));
    for (const [name, options] of Object.entries(projects)) {
      await report.check(`types: ${name}`, async () => {
        const compilerOptions = { ...options, strict: true, noEmit: true, target: "es2022", skipLibCheck: false };
        // Results are shown in a page, so their types need the DOM's.
        const files = ["use.ts", ...(options.lib.includes("dom") ? ["use-render.ts"] : [])];
        await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
        await run(join(modules, ".bin/tsc"), ["--project", folder]);
      });
    }
  },
};
