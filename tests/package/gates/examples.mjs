// Every example of the READMEs, the guides and types.d.ts passes `tsc --strict`, for each way to resolve modules.

import { mkdir, readFile, readdir, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { run } from "../../lib/process.mjs";

const root = join(import.meta.dirname, "../../..");
const modules = join(root, "node_modules");

const ways = [
  { module: "preserve", moduleResolution: "bundler" },
  { module: "node16", moduleResolution: "node16" },
  { module: "nodenext", moduleResolution: "nodenext" },
];

// What an example takes from the page around it.
const surroundings = `
declare const toolboxUrl: string;
declare const token: string;
declare const page: HTMLElement;
declare const output: HTMLElement;
declare const stopButton: HTMLButtonElement;
`;

export const examples = {
  name: "examples",
  async run({ report, unpacked, scratch }) {
    const folder = join(scratch, "examples");
    const count = await writeExamples(folder, unpacked);
    for (const way of ways) {
      await report.check(`examples: tsc --strict, moduleResolution ${way.moduleResolution}`, async () => {
        const compilerOptions = {
          ...way, strict: true, noEmit: true, target: "es2022", lib: ["es2023", "dom", "dom.iterable", "esnext.disposable"], types: ["node"], skipLibCheck: false,
        };
        await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
        await run(join(modules, ".bin/tsc"), ["--project", folder]);
        return `${count} examples`;
      });
    }
  },
};

async function writeExamples(folder, unpacked) {
  await mkdir(join(folder, "node_modules/@types"), { recursive: true });
  await symlink(unpacked, join(folder, "node_modules/codecell"));
  await mkdir(join(folder, "node_modules/@daytonaio"));
  for (const name of ["@types/node", "@types/ws", "undici-types", "@daytonaio/sdk"]) await symlink(join(modules, name), join(folder, "node_modules", name));
  await writeFile(join(folder, "package.json"), `{ "type": "module" }`);
  await writeFile(join(folder, "surroundings.d.ts"), surroundings);
  const guides = (await readdir(join(root, "docs")).catch(() => [])).filter((name) => name.endsWith(".md")).map((name) => join(root, "docs", name));
  let count = 0;
  for (const file of [join(root, "README.md"), join(unpacked, "README.md"), join(unpacked, "types.d.ts"), join(unpacked, "render/index.d.ts"), ...guides]) {
    const text = await readFile(file, "utf8");
    const lines = file.endsWith(".d.ts") ? text.replace(/^ *\* ?/gm, "") : text;
    // A block with a file's name behind its language is that file, which a test of its own runs (see guides.mjs).
    for (const [, code] of lines.matchAll(/^```(?:js|ts)\n([^]*?)^```$/gm)) {
      count += 1;
      await writeFile(join(folder, `${basename(file).replace(/\W/g, "-")}-${count}.ts`), `${code}\nexport {};\n`);
    }
  }
  if (count < 5) throw new Error(`only ${count} examples were found`);
  return count;
}
