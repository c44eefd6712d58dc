// On a server the package also works from a bundle that has left the wasm behind, and with objects of another realm. Where a runtime lacks
// something, `connect` says what.

import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { run } from "../../lib/process.mjs";
import { nodeRuntime } from "../lib/runtimes.mjs";

const runsPython = `
  const interpreter = await connect({ toolboxUrl: process.env.TOOLBOX_URL, token: process.env.TOOLBOX_TOKEN });
  console.log((await interpreter.runCode("print(6 * 7, end='')")).stdout);
  interpreter.close();`;

export const serverSide = {
  name: "server-side",
  async run({ report, toolbox, unpacked, scratch }) {
    const folder = join(scratch, "server-side");
    await mkdir(join(folder, "node_modules"), { recursive: true });
    await symlink(unpacked, join(folder, "node_modules/codecell"));
    const env = { TOOLBOX_URL: toolbox.url, TOOLBOX_TOKEN: toolbox.token };
    // The oldest Node that has a WebSocket is 22; tests may run in an older one.
    const node = await nodeRuntime("24");
    if (!node) return report.skip("server-side", "npm has no Node 24 for this machine");
    const program = (text) => run(node.binary, ["--input-type=module", "--eval", text], { cwd: folder, env, timeoutMs: 60_000 });

    for (const [format, name] of [["esm", "bundle.mjs"], ["cjs", "bundle.cjs"]]) {
      await report.check(`server-side: esbuild to Node, ${format}`, async () => {
        const outfile = join(folder, "out", name);
        const stdin = { contents: `import { connect } from "codecell"; (async () => {${runsPython}})();`, resolveDir: folder };
        await build({ stdin, bundle: true, platform: "node", format, outfile, logLevel: "error", logOverride: { "empty-import-meta": "silent" } });
        same(await run(node.binary, [outfile], { cwd: folder, env, timeoutMs: 60_000 }), "42\n");
      });
    }

    // As test runners do that give each test a realm of its own.
    const entry = (file) => JSON.stringify(pathToFileURL(join(unpacked, file)).href);
    for (const [what, source] of [["a Module", "new WebAssembly.Module(bytes)"], ["an ArrayBuffer", "Uint8Array.from(bytes).buffer"]]) {
      await report.check(`server-side: ${what} of another realm`, async () => {
        const printed = await program(`
          import { readFile } from "node:fs/promises";
          import vm from "node:vm";
          const { connect, initialize } = await import(${entry("slim.js")});
          const bytes = await readFile(${JSON.stringify(join(unpacked, "codecell.wasm"))});
          initialize(vm.runInNewContext(${JSON.stringify(source)}, { bytes }));
          ${runsPython}`);
        same(printed, "42\n");
      });
    }

    const lacking = [
      ["TextDecoder", "node.js", ["TextDecoder", "node:util"]],
      ["TextEncoder", "inline.js", ["TextEncoder", "node:util"]],
      ["DecompressionStream", "inline.js", ["DecompressionStream is not defined", "codecell/slim"]],
      ["fetch", "index.js", ["fetch", "connect-src"]],
    ];
    for (const [name, file, words] of lacking) {
      await report.check(`server-side: without ${name}, ${file} says so`, async () => {
        const printed = await program(`
          delete globalThis.${name};
          const { connect } = await import(${entry(file)});
          const aCallerOfConnect = () => connect({ toolboxUrl: process.env.TOOLBOX_URL });
          const { code, message, stack } = await aCallerOfConnect().catch((error) => error);
          console.log(JSON.stringify({ code, message, first: stack.split("\\n")[1] }));`);
        const { code, message, first } = JSON.parse(printed);
        same(code, "LOAD_FAILED");
        for (const word of words) if (!message.includes(word)) throw new Error(`the message lacks ${word}: ${message}`);
        if (!first.includes("aCallerOfConnect")) throw new Error(`the stack begins with ${first}`);
      });
    }
  },
};

function same(printed, wanted) {
  if (printed !== wanted) throw new Error(`it printed ${JSON.stringify(printed)} instead of ${JSON.stringify(wanted)}`);
}
