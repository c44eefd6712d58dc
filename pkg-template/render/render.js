// Shows rich results in a page. Pictures, plain tables, JSON and text become elements of the page; HTML and charts
// get a sandboxed frame, whose code is loaded with the first of them. Nothing is touched before the first call.

import { showImage } from "./images.js";
import { showJson } from "./json.js";
import { adoptStyles, isDark } from "./styles.js";
import { showTable } from "./tables.js";
import { plainText, showText } from "./text.js";

const MAX_CHARACTERS = 16 * 1024 * 1024;
/** A hostile result can ask for any number of them. */
const MAX_NOTES = 3;
/** Altair writes `v6.json`, others `v6+json`. */
const CHART = /^application\/vnd\.(plotly|vega|vegalite)\.v\d[\d.]*\+?json$/;

/** What can be shown, the richest first. */
const SHOWN = {
  "text/html": (html, about) => showTable(html) ?? showHtml(html, about, about.options.allowScripts ?? true),
  "image/svg+xml": showImage,
  "image/png": showImage,
  "image/jpeg": showImage,
  "image/webp": showImage,
  "image/gif": showImage,
  "text/markdown": asText,
  "text/latex": asText,
  "application/json": showJson,
  "text/plain": asText,
};

/** Loads what shows frames. */
let frames;

/** What each element shows: calling `render` again with the same element updates it in place. */
const places = new WeakMap();

export function render(result, element, options = {}) {
  let place = places.get(element);
  if (!place) {
    place = { root: document.createElement("div") };
    place.root.className = "codecell-result";
    places.set(element, place);
  }
  const { root } = place;
  if (root.parentNode !== element || element.childNodes.length > 1) element.replaceChildren(root);
  adoptStyles(root);
  const theme = options.theme ?? (isDark(element) ? "dark" : "light");
  root.dataset.theme = theme;
  const about = { root, options, theme, notes: new Set(), failed: new Set(), previous: place.shown };
  /** Adds a sentence below what is shown. */
  about.note = (text) => {
    if (place.about !== about || about.notes.size >= MAX_NOTES || about.notes.has(text)) return;
    about.notes.add(text);
    root.append(noteOf(text));
  };
  /** What was chosen can't be shown after all: takes the next best, and says why. */
  about.fail = (text) => {
    if (place.about !== about) return;
    about.notes.add(text);
    about.failed.add(place.shown.type);
    about.previous = undefined;
    place.shown = show(result, about);
  };
  place.about = about;
  place.shown = show(result, about);
  return place.shown.type;
}

function show(result, about) {
  let shown;
  try {
    shown = choose(result, about);
  } catch (error) {
    about.notes.add(`This result can't be shown: ${error}`);
  }
  shown ??= { type: "", node: "" };
  const { root } = about;
  // A frame that is inserted again loads again, so what stays is not touched.
  for (const child of [...root.childNodes]) if (child !== shown.node) child.remove();
  if (shown.node.parentNode !== root) root.append(shown.node);
  root.append(...[...about.notes].map(noteOf));
  return shown;
}

function noteOf(text) {
  const note = document.createElement("p");
  note.className = "codecell-note";
  note.textContent = text;
  return note;
}

/** The richest type that can be shown, as `{ type, node, … }`. */
function choose(result, about) {
  const data = own(result, "data") ?? {};
  const { types } = about.options;
  const names = Object.keys(data);
  const isChart = names.some((type) => CHART.test(type));
  // First what the page knows better, then charts, then the list, then any other text.
  const order = new Set([
    ...names.filter((type) => own(types, type) && !own(SHOWN, type)),
    ...names.filter((type) => CHART.test(type)),
    ...Object.keys(SHOWN),
    ...names.filter((type) => type.startsWith("text/")),
  ]);
  about.alternative = plainText(own(data, "text/plain"));
  for (const type of order) {
    // A chart's own HTML takes its library from the network; its picture and its text need none.
    if (!names.includes(type) || about.failed.has(type) || (isChart && type === "text/html")) continue;
    about.type = type;
    about.metadata = { ...own(own(result, "metadata"), type) };
    try {
      const shown = showAs(type, data[type], about, own(types, type));
      if (shown) return Object.assign(shown.node ? shown : { node: shown }, { type });
    } catch (error) {
      about.notes.add(`${type} can't be shown: ${error}`);
    }
  }
  const text = names.map((type) => `${type}: ${plainText(data[type]) ?? JSON.stringify(data[type])}`).join("\n");
  return { type: "", node: showText(text || "(an empty result)") };
}

function showAs(type, value, about, custom) {
  if (type !== "text/plain" && plainText(value)?.length > MAX_CHARACTERS) {
    about.notes.add(`${type} of more than ${MAX_CHARACTERS} characters is not shown.`);
    return undefined;
  }
  const made = custom?.(value, about.metadata);
  // A string is HTML, which may contain untrusted text. A node was made by the page.
  if (made) return typeof made === "string" ? showHtml(made, about, false) : made;
  const chart = CHART.exec(type)?.[1];
  if (chart) return showChart(chart === "plotly" ? chart : "vega", value, about);
  return (own(SHOWN, type) ?? asText)(value, about);
}

function showHtml(value, about, scripts) {
  const html = plainText(value);
  return html === undefined ? undefined : showFrame({ label: "HTML", html, scripts }, about);
}

/** A chart's JSON, drawn by the library that the page named. */
function showChart(name, value, about) {
  const library = own(about.options.libraries, name);
  if (library) return showFrame({ label: "Chart", name, library, draw: JSON.stringify(value) }, about);
  about.notes.add(`To draw this chart, give render() the library: { libraries: { ${name}: "https://…" } }.`);
}

function showFrame(content, about) {
  const shown = about.previous?.content ? about.previous : { node: document.createElement("div") };
  Object.assign(shown, { content, about });
  frames ??= import("./frames.js");
  frames
    .then(({ update }) => shown.about === about && update(shown))
    .catch((error) => {
      // The next result tries again.
      frames = undefined;
      about.fail(`${content.label} can't be shown: ${error}`);
    });
  return shown;
}

/** As text: the plain one where there is one, unless it says only that there is an object. */
function asText(value, { type, alternative }) {
  const text = plainText(value);
  const isBetter = type !== "text/plain" && alternative && !/^<.*>$/s.test(alternative);
  return text === undefined || isBetter ? undefined : showText(text);
}

function own(object, key) {
  return object !== null && typeof object === "object" && Object.hasOwn(object, key) ? object[key] : undefined;
}
