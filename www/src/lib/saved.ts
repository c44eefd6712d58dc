import type { OutputTerminal } from "./terminal";
import type { ShownResult } from "./results";
import { texts } from "./texts";

/** The output as a file: text, or a page where there are pictures and tables among it. */
export function savedOutput(terminal: OutputTerminal): { name: string; content: Blob } {
  const pieces = terminal.pieces();
  if (pieces.every((piece) => typeof piece === "string")) return { name: texts.terminal.saveName, content: new Blob([terminal.text()], { type: "text/plain" }) };
  const body = pieces.map((piece) => (typeof piece === "string" ? `<pre>${escaped(piece)}</pre>` : asHtml(piece))).join("\n");
  const page = `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>${escaped(texts.output)}</title>\n<style>${STYLE}</style>\n${body}\n</html>\n`;
  return { name: texts.terminal.savePageName, content: new Blob([page], { type: "text/html" }) };
}

const STYLE =
  ":root{color-scheme:light dark}body{font:14px/1.5 system-ui,sans-serif}img{max-width:100%;background:#fff}table{border-collapse:collapse}" +
  "th,td{padding:2px 10px;text-align:right;border-bottom:1px solid #8886}iframe{width:100%;height:500px;border:0}";

/** Pictures and tables as they are shown; HTML in a frame that reaches nothing, as here; the rest as text. */
function asHtml({ element, result }: ShownResult): string {
  const image = element.querySelector("img");
  if (image) return image.outerHTML;
  const table = element.querySelector(".codecell-scroll:has(table)");
  if (table) return table.innerHTML;
  const html = result.data["text/html"];
  if (typeof html === "string") return `<iframe sandbox="allow-scripts" title="HTML" srcdoc="${escaped(html)}"></iframe>`;
  return `<pre>${escaped(String(result.data["text/plain"] ?? ""))}</pre>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
