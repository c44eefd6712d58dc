/** The first line that does something, as the title of a run. */
export function titleOf(code: string): string {
  const lines = code.split("\n").map((line) => line.trim());
  const title = lines.find((line) => line !== "" && !line.startsWith("#")) ?? lines.find((line) => line !== "") ?? "";
  return title.length > 72 ? `${title.slice(0, 71)}…` : title;
}

/** Takes off the indentation that all lines share, so that part of a block runs by itself. */
export function dedent(code: string): string {
  const lines = code.split("\n");
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length);
  const shared = indents.length > 0 ? Math.min(...indents) : 0;
  return lines.map((line) => line.slice(Math.min(shared, line.length - line.trimStart().length))).join("\n");
}
