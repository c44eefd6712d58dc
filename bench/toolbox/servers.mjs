// codecell's server, and the native client that measures it and Jupyter's.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startToolbox } from "../../tests/lib/toolbox.mjs";
import { run, unconfigured } from "../lib/process.mjs";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));
const COMMAND_SECONDS = 120;

/** Starts codecell-server on a free port. */
export async function startCodecell({ server, python, flags = [] }) {
  if (!existsSync(server)) throw new Error(`there is no codecell-server at ${server}: cargo build --release --package codecell-server`);
  const { pid, url, token, isolation, stop } = await startToolbox(["--python", python, ...flags], { binary: server, env: unconfigured() });
  return { name: "codecell", pid, toolbox: { kind: "codecell", address: new URL(url).host, token }, isolation, stop: () => stop() };
}

/** Builds the native client into the target directory of `server`. Returns a function that runs its commands: see bench/native/src/command.rs. */
export async function buildClient({ server, log }) {
  const target = dirname(dirname(server));
  log("building the native client");
  await run("cargo", ["build", "--quiet", "--release", "--package", "codecell-bench", "--target-dir", target], { seconds: 900, cwd: REPOSITORY });
  const program = join(target, "release", "codecell-bench");
  return async (contender, work) => {
    const { out } = await run(program, [JSON.stringify({ toolbox: contender.toolbox, ...work })], { seconds: COMMAND_SECONDS }).catch((error) => {
      const brief = { ...work, ...(work.ids && { ids: work.ids.length }) };
      throw new Error(`${contender.name}, ${JSON.stringify(brief)}: ${error.message.slice(-1000)}`);
    });
    return JSON.parse(out);
  };
}
