// What becomes elements of the page: pictures, tables, JSON, text.

import { render, resultList } from "/render/index.js";
import { assert, assertEqual, DOT, GIF, messages, place, script, until } from "./lib.js";

const PANDAS = `<div><style scoped>.dataframe tbody tr th { vertical-align: top; }\n.dataframe thead th { text-align: right; }</style>
<table border="1" class="dataframe"><thead><tr style="text-align: right;"><th></th><th>city</th><th>people</th></tr></thead>
<tbody><tr><th>0</th><td>Łódź</td><td>670000</td></tr></tbody></table><p>1 rows × 2 columns</p></div>`;
const POLARS = `<div><style>\n.dataframe > thead > tr,\n.dataframe > tbody > tr {\n  text-align: right;\n  white-space: pre-wrap;\n}\n</style>
<small>shape: (1, 1)</small><table border="1" class="dataframe"><thead><tr><th>a</th></tr><tr><td>i64</td></tr></thead><tbody><tr><td>1</td></tr></tbody></table></div>`;
const table = (inside) => `<table><tr><td>a</td>${inside}</tr></table>`;
const shown = (data, options, metadata) => {
  const element = place();
  const type = render({ data, metadata }, element, options);
  return { element, type, text: element.textContent, find: (what) => element.querySelector(what) };
};

export const checks = {
  "a picture has its size and its text": async () => {
    const { find, type } = shown({ "image/png": DOT, "text/plain": "<Figure>" }, {}, { "image/png": { width: 64, height: 48 } });
    assertEqual([type, find("img").alt, find("img").getAttribute("width")], ["image/png", "<Figure>", "64"], "type, alt, width");
    await until(() => find("img").naturalWidth === 1, "the picture");
    assertEqual(shown({ "image/png": DOT }, {}, { "image/png": { alt: "A dot", width: 1e9 } }).find("img").outerHTML.includes("1000000000"), false, "a huge width");
    assertEqual(shown({ "image/png": DOT }, {}, { "image/png": { alt: "A dot" } }).find("img").alt, "A dot", "alt from metadata");
  },
  "an SVG is a picture and runs nothing": async () => {
    // Without a namespace, as people write it for HTML.
    const svg = `<svg width="20" height="10" onload="top.postMessage({ svg: 1 }, '*')">${script("top.postMessage({ svg: 2 }, '*')")}<image href="/svg-canary"/></svg>`;
    const { find, element } = shown({ "image/svg+xml": svg });
    await until(() => find("img").naturalWidth === 20, "the SVG");
    assertEqual(element.querySelectorAll("svg, script").length, 0, "elements of the SVG in the page");
    assert(!messages.some((data) => data?.svg), "a script of the SVG ran");
  },
  "wrong contents fall back to text, with a sentence": async () => {
    for (const [type, value] of [["image/png", "<script>"], ["image/svg+xml", "<html>no</html>"], ["image/jpeg", "%%%"], ["image/gif", ""]]) {
      const { find, element } = shown({ [type]: value, "text/plain": "the text" });
      await until(() => find("pre")?.textContent === "the text", `the text in place of ${type}`);
      assert(element.textContent.includes("can't be shown"), `no sentence for ${type}`);
    }
    assertEqual(shown({ "image/png": { a: 1 }, "text/html": 5, "text/plain": "x" }).type, "text/plain", "values that are no text");
  },
  "moving pictures stand still for people who prefer reduced motion": async () => {
    const real = window.matchMedia;
    window.matchMedia = (query) => (query.includes("reduced-motion") ? { matches: true } : real.call(window, query));
    const { find } = shown({ "image/gif": GIF, "text/plain": "two colours" });
    window.matchMedia = real;
    await until(() => find("canvas").width === 2, "the first frame");
    assertEqual([find("canvas").getAttribute("aria-label"), find("img")], ["two colours", null], "label, img");
    find("button").click();
    assert(find("img"), "the button brings no picture");
  },
  "a plain table gets the page's colours": () => {
    for (const [part, html] of [["light", PANDAS], ["dark", PANDAS], ["light", POLARS]]) {
      const element = place(part);
      assertEqual(render({ data: { "text/html": html } }, element), "text/html", "type");
      const cell = element.querySelector("table td");
      assertEqual(getComputedStyle(cell).color, getComputedStyle(element).color, `the colour in ${part}`);
      assertEqual(element.querySelectorAll("style, [border], [class=dataframe], iframe").length, 0, "what is left of the HTML");
      assertEqual(element.firstChild.dataset.theme, part, "theme");
    }
  },
  "a table that is not plain does not get into the page": () => {
    const inside = [
      "<td onclick='x()'>", "<td><img src=x onerror=x()>", "<td><a href='javascript:x()'>", "<td style='background:url(/canary)'>", "<td id=output>", "<td><svg onload=x()>",
      "<td><input>", "<td><form>", "<td><math>", "<td><template>", "<td><noscript>", "<td is=x-y>", "<td><slot>", "<td style='text-align:left;position:fixed'>", script("x()"), "<td><object>",
      "<td><style>td{color:red}</style>", "<td><style>.dataframe{} body{}</style>",
    ];
    for (const html of inside.map(table)) {
      const { element, type } = shown({ "text/html": html });
      assertEqual([type, element.querySelectorAll("table").length], ["text/html", 0], html);
    }
    assertEqual(shown({ "text/html": "<td>no table" }).find("td"), null, "a cell without a table");
  },
  "JSON is a tree that grows as it is opened": async () => {
    const value = JSON.parse(`{"__proto__": {"polluted": 1}, "constructor": 2, "list": [${Array(1000).fill(0)}], "deep": ${"[".repeat(5000)}${"]".repeat(5000)}}`);
    const { find, element } = shown({ "application/json": value });
    assert(element.textContent.includes('"__proto__": { 1 key }'), `the key is missing: ${element.textContent}`);
    assertEqual({}.polluted, undefined, "the prototype of all objects");
    assert(element.querySelectorAll("*").length < 50, "closed branches are built");
    const list = [...element.querySelectorAll("details")].find((branch) => branch.firstChild.textContent.includes("list"));
    list.open = true;
    await until(() => list.childElementCount === 102, "the list's first hundred");
    list.querySelector("button").click();
    assertEqual(list.childElementCount, 202, "after the button");
    assert(find("details").open, "the root is closed");
  },
  "text has its colours and no escape sequence": () => {
    const { find } = shown({ "text/plain": "\x1b[1;31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07 \x1b[38;2;1;2;3mrgb\x1b[48;5;196mcube\x1b[m\x1b[2J\x07 <b>plain</b>" });
    assertEqual(find("pre").textContent, "red link rgbcube <b>plain</b>", "text");
    const [red, rgb, cube] = find("pre").children;
    assertEqual([red.style.fontWeight, red.style.color, rgb.style.color, cube.style.backgroundColor], ["bold", "var(--codecell-red)", "rgb(1, 2, 3)", "rgb(255, 0, 0)"], "styles");
  },
  "what is too long is cut, and says so": () => {
    const huge = "x".repeat(100 * 1024 * 1024);
    const { element } = shown({ "text/html": huge, "image/png": huge, "text/plain": huge });
    assert(element.textContent.length < 300_000 && element.textContent.includes("more characters"), "the text is not cut");
    assert(element.textContent.includes("text/html of more than"), "nothing is said about the HTML");
    assertEqual(element.querySelectorAll("iframe, img").length, 0, "frames and pictures");
  },
  "the richest type is taken": () => {
    const type = (...types) => shown(Object.fromEntries(types.map((name) => [name, name.startsWith("image/") ? DOT : "x"]))).type;
    assertEqual(type("text/plain", "image/png"), "image/png", "picture");
    assertEqual(type("text/plain", "text/latex"), "text/plain", "LaTeX without a function");
    assertEqual(shown({ "text/plain": "<IPython.core.display.Latex object>", "text/latex": "$x$" }).text, "$x$", "LaTeX where the text says nothing");
    assertEqual(shown({ "text/x-python": "x = 1" }).text, "x = 1", "other text");
    assertEqual(shown({ "application/x-thing": { a: 1 } }).text, 'application/x-thing: {"a":1}', "unknown");
    assertEqual(shown({ "text/plain": ["two\n", "lines"] }).text, "two\nlines", "a list of lines");
  },
  "types of the page's own": () => {
    const node = document.createElement("output");
    const types = { "application/x-thing": () => node, "text/latex": () => undefined };
    const { element, type } = shown({ "application/x-thing": 1, "text/html": "<p>x" }, { types });
    assert(type === "application/x-thing" && element.contains(node), "the node is not there");
    assertEqual(shown({ "text/latex": "$x$" }, { types }).text, "$x$", "a function that returns nothing");
    const failing = shown({ "text/latex": "$x$", "text/plain": "x" }, { types: { "text/latex": () => { throw new Error("no"); } } });
    assert(failing.text.startsWith("x") && failing.text.includes("Error: no"), failing.text);
  },
  "it never throws": () => {
    const cyclic = {};
    cyclic.self = cyclic;
    const throwing = new Proxy({}, { get() { throw new Error("get"); }, ownKeys() { throw new Error("keys"); }, getOwnPropertyDescriptor() { throw new Error("own"); } });
    const odd = [undefined, null, 5, "x", [], {}, { data: null }, { data: 5 }, { data: [] }, throwing, { data: throwing }, { data: { "text/plain": throwing } }];
    const types = ["text/html", "image/png", "image/svg+xml", "text/plain", "application/json", "application/vnd.plotly.v1+json", "text/latex", "__proto__", "toString", "a/b"];
    for (const type of types) for (const value of [null, 5, {}, [], [1], cyclic, throwing, "\ud800", "", () => 1, Symbol("s"), 10n]) odd.push({ data: JSON.parse(`{"${type}": 0}`), metadata: null }, { data: { [type]: value }, metadata: { [type]: value } });
    for (const result of odd) assertEqual(typeof render(result, place(), { libraries: { plotly: "/none.js" } }), "string", "what it returns");
  },
  "an update keeps the picture's element, a list finds it by its displayId": () => {
    const element = place();
    const list = resultList(element, { limit: 3 });
    const add = (text, displayId, update = false) => list.add({ data: { "text/plain": text }, displayId, update });
    list.add({ data: { "image/png": DOT }, displayId: "a" });
    const image = element.querySelector("img");
    list.add({ data: { "image/png": DOT, "text/plain": "second" }, displayId: "a", update: true });
    assert(element.querySelector("img") === image && image.alt === "second" && element.childElementCount === 1, "another element");
    add("one", "b");
    add("one", "b");
    add("two", "b", true);
    assertEqual(element.textContent, "twotwo", "both with the same id");
    add("new", "c", true);
    assertEqual([element.childElementCount, element.textContent], [3, "twotwonew"], "the limit");
    list.add({ data: { "application/vnd.codecell.clear+json": { wait: true } } });
    assertEqual(element.childElementCount, 3, "before the next");
    add("after");
    assertEqual(element.textContent, "after", "after a clear that waited");
    list.add({ data: { "application/vnd.codecell.clear+json": {} } });
    assertEqual(element.childElementCount, 0, "after a clear");
  },
  "in a shadow tree it has its style": () => {
    const host = place();
    const inner = document.createElement("div");
    host.attachShadow({ mode: "open" }).append(inner);
    render({ data: { "text/html": PANDAS } }, inner);
    assertEqual(getComputedStyle(inner.querySelector("td")).textAlign, "right", "the style sheet");
  },
  "axe-core finds nothing": async () => {
    const { default: axe } = await import("/axe.js");
    for (const part of ["light", "dark"]) {
      const element = document.getElementById(part);
      element.replaceChildren();
      for (const data of [
        { "text/html": PANDAS }, { "image/png": DOT, "text/plain": "dot" }, { "application/json": { a: [1, { b: 2 }] } }, { "text/html": "<p>in a frame" },
        { "text/plain": [30, 31, 32, 33, 34, 35, 36, 37, 91].map((code) => `\x1b[${code}mcolour\x1b[0m`).join(" ") }, { "text/plain": "wide ".repeat(400) },
        { "text/html": table("<td>wide</td>".repeat(300)) }, { "application/vnd.plotly.v1+json": {}, "text/plain": "chart" },
      ]) render({ data }, place(part));
      await until(() => element.querySelectorAll("iframe").length === 1 && element.querySelectorAll("[role=region]").length >= 2, "all of it");
      const { violations } = await axe.run(element, { iframes: false });
      assertEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200))}`), [], part);
    }
  },
};
