// The contenders' bundles: with a page around each to measure in, and bare, to weigh.

import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = import.meta.dirname;
const sdk = join(here, "../../node_modules/@daytonaio/sdk/esm");

/** The imports of an application that uses each contender. */
const imports = {
  codecell: `export { connect } from "codecell";`,
  minimal: `export { open } from "./contenders/minimal.js";`,
  official: `export { Daytona } from "@daytonaio/sdk";`,
};

export const contenders = Object.keys(imports);

/** Makes folder/<contender>/index.html for each contender; `packages` is the node_modules that codecell is in. */
export async function makePages(folder, packages) {
  for (const name of contenders) {
    await mkdir(join(folder, name), { recursive: true });
    await bundle(packages, {
      entryPoints: [join(here, "page/main.js")],
      alias: {
        contender: join(here, `contenders/${name}.js`),
        "@daytonaio/sdk/CodeInterpreter": join(sdk, "CodeInterpreter.js"),
      },
      inject: inject(name),
      outfile: join(folder, name, "main.js"),
    });
    await writeFile(join(folder, name, "index.html"), `<!doctype html><title>${name}</title><link rel="icon" href="data:,"><script type="module" src="main.js"></script>\n`);
  }
  await copyFile(wasm(packages), join(folder, "codecell/codecell.wasm"));
}

/** The bytes that a page downloads for each contender to begin with: minified, gzipped, and with brotli, each file by itself. */
export async function weigh(packages) {
  const weights = {};
  for (const name of contenders) {
    const files = loadedFirst(await bundle(packages, {
      stdin: { contents: imports[name], resolveDir: here }, inject: inject(name), write: false,
      splitting: true, outdir: "out", absWorkingDir: here, metafile: true,
    }));
    if (name === "codecell") files.push(await readFile(wasm(packages)));
    const sum = (size) => files.reduce((total, file) => total + size(file), 0);
    weights[name] = { min: sum((file) => file.length), gzip: sum((file) => gzipSync(file, { level: 9 }).length), brotli: sum(brotli) };
  }
  return weights;
}

/** The contents of a bundle's entry and of what it imports at once, without what is imported when it is needed. */
function loadedFirst({ outputFiles, metafile }) {
  const names = new Set(["out/stdin.js"]);
  for (const name of names) {
    for (const { kind, path } of metafile.outputs[name].imports) if (kind === "import-statement" && path in metafile.outputs) names.add(path);
  }
  return [...names].map((name) => outputFiles.find(({ path }) => path === join(here, name)).contents);
}

/** The parts of Node that the official client needs. */
function inject(name) {
  return name === "official" ? [join(here, "contenders/buffer.js")] : [];
}

function bundle(packages, options) {
  return build({ bundle: true, minify: true, format: "esm", platform: "browser", target: "es2022", nodePaths: [packages], logLevel: "warning", ...options });
}

function brotli(file) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: file.length };
  return brotliCompressSync(file, { params }).length;
}

function wasm(packages) {
  return join(packages, "codecell/codecell.wasm");
}
