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

/** A box with the table; undefined if the HTML is anything else. */
export function showTable(html) {
  if (Array.isArray(html)) html = html.join("");
  if (typeof html !== "string" || html.length > MAX_CHARACTERS || !/<table/i.test(html)) return undefined;
  const parsed = new DOMParser().parseFromString(html, "text/html");
  if (parsed.head.children.length > 0 && ![...parsed.head.children].every(isDefaultStyle)) return undefined;
  if (parsed.getElementsByTagName("td").length > MAX_CELLS) return undefined;
  const copy = document.createElement("div");
  if (!rebuild(parsed.body, copy) || !copy.querySelector("table")) return undefined;
  for (const table of copy.querySelectorAll("table")) table.className = "codecell-table";
  return scrollable(copy, "Table");
}

/** Copies what `from` holds. False if something in it is not on the lists. */
function rebuild(from, to) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.append(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE || isDefaultStyle(node)) continue;
    if (!ELEMENTS.has(node.tagName) || ![...node.attributes].every(isPlain)) return false;
    // The empty corner of a table is no heading: a screen reader would read it out.
    const copy = document.createElement(node.tagName === "TH" && !node.textContent.trim() ? "td" : node.tagName);
    for (const { name, value } of node.attributes) if (KEPT.has(name)) copy.setAttribute(name, value);
    if (node.style.textAlign) copy.style.textAlign = node.style.textAlign;
    if (!rebuild(node, copy)) return false;
    to.append(copy);
  }
  return true;
}

function isPlain({ name, value }) {
  return KEPT.has(name) || IGNORED.has(name) || (name === "style" && /^\s*(text-align:\s*(left|right|center|start|end)\s*;?\s*)?$/.test(value));
}

/** The style that pandas and polars put before every table. */
function isDefaultStyle(node) {
  return node.tagName === "STYLE" && node.textContent.split("}").every((rule) => /^\s*(\.dataframe\b[^{]*\{|$)/.test(rule));
}
