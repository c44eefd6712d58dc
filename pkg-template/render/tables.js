// Plain tables, as pandas and polars print them, in the page's own colours.
//
// The HTML is parsed into a document without a window, where nothing runs and nothing is loaded. If it holds only what is on the lists
// below, new elements are made from it. Otherwise it is no plain table, and gets a frame like all HTML.

import { scrollable } from "./text.js";

const MAX_CHARACTERS = 1024 * 1024;
const MAX_CELLS = 20_000;

const ELEMENTS = new Set("DIV TABLE CAPTION COLGROUP COL THEAD TBODY TFOOT TR TH TD P SPAN SMALL B STRONG I EM CODE SUB SUP BR".split(" "));
const KEPT = new Set(["colspan", "rowspan", "scope"]);
/** They only say how it looks, which the page decides here. */
const IGNORED = new Set(["border", "class", "halign", "valign", "align"]);

/** Not parsed as styles: a Content-Security-Policy would report them, though nothing here uses them. */
const STYLES = /<style[^>]*>([^]*?)<\/style>/gi;
const TAGS = /<[a-z][^>]*>/gi;
const ALIGNED = /^\s*(?:text-align:\s*(left|right|center|start|end)\s*;?\s*)?$/;

/** A box with the table; undefined if the HTML is anything else. */
export function showTable(html) {
  if (Array.isArray(html)) html = html.join("");
  if (typeof html !== "string" || html.length > MAX_CHARACTERS || !/<table/i.test(html)) return undefined;
  if (![...html.matchAll(STYLES)].every(([, rules]) => isDefaultStyle(rules))) return undefined;
  const plain = html.replace(STYLES, "").replace(TAGS, (tag) => tag.replace(/\sstyle\s*=/gi, " data-style="));
  const { body } = new DOMParser().parseFromString(plain, "text/html");
  if (body.getElementsByTagName("td").length > MAX_CELLS) return undefined;
  const copy = document.createElement("div");
  if (!rebuild(body.parentNode, copy) || !copy.querySelector("table")) return undefined;
  for (const table of copy.querySelectorAll("table")) table.className = "codecell-table";
  return scrollable(copy, "Table");
}

/** Copies what `from` holds. False if something in it is not on the lists. */
function rebuild(from, to) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.append(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE) continue;
    if (node === node.ownerDocument.head || node === node.ownerDocument.body) {
      if (!rebuild(node, to)) return false;
      continue;
    }
    if (!ELEMENTS.has(node.tagName)) return false;
    // The empty corner of a table is no heading: a screen reader would read it out.
    const copy = document.createElement(node.tagName === "TH" && !node.textContent.trim() ? "td" : node.tagName);
    for (const { name, value } of node.attributes) {
      const align = name === "data-style" && ALIGNED.exec(value);
      if (align) copy.style.textAlign = align[1] ?? "";
      else if (KEPT.has(name)) copy.setAttribute(name, value);
      else if (!IGNORED.has(name)) return false;
    }
    if (!rebuild(node, copy)) return false;
    to.append(copy);
  }
  return true;
}

/** The style that pandas and polars put before every table. */
function isDefaultStyle(rules) {
  return rules.split("}").every((rule) => /^\s*(\.dataframe\b[^{]*\{|$)/.test(rule));
}
