// The table in the package's README: which bundlers and runtimes the tarball ran in.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const readme = join(import.meta.dirname, "../../../pkg-template/README.md");
const begin = "<!-- consumers: written by `cargo xtask test package`; begin -->\n";
const end = "<!-- consumers: end -->\n";

/** Holds the README's table against what just ran; with `write`, renews it instead. */
export async function checkTable(rows, write) {
  const text = await readFile(readme, "utf8");
  const from = text.indexOf(begin) + begin.length;
  const to = text.indexOf(end);
  if (from < begin.length || to < from) throw new Error(`${readme} has no place for the table between ${begin.trim()} and ${end.trim()}`);
  const table = render(rows);
  if (text.slice(from, to) === table) return;
  if (!write) throw new Error(`the table in ${readme} is not what just ran; renew it with: node tests/package/run.mjs --write\n${table}`);
  await writeFile(readme, text.slice(0, from) + table + text.slice(to));
}

function render(rows) {
  const lines = rows.map(({ title, version, entry, cells }) => {
    const built = cells.production ?? cells.build;
    return `| ${title} | ${version || "–"} | \`${entry}\` | ${mark(cells.development)} | ${mark(built)} | ${mark(cells["production in Firefox"])} | ${mark(cells["production in WebKit"])} |\n`;
  });
  return `| with | version | imports | development server | production build, or run | in Firefox | in WebKit |\n|---|---|---|---|---|---|---|\n${lines.join("")}`;
}

function mark(passed) {
  if (passed === undefined) return "–";
  return passed ? "✓" : "✗";
}
