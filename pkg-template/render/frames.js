// HTML and charts, in a frame that can reach nothing of the page.
//
// There are two frames, one in the other, both sandboxed and of an opaque origin. The outer one runs only our script. It passes the inner
// one its document, and its height back through a port that the inner one can't reach. The outer one's policy holds for the inner one
// too, and names no place that a frame may go to: a result that navigates itself away asks no server.

import { DRAW, HOST, REPORT } from "./host.js";

/** A browser draws nothing in a frame without a height. */
const MIN_HEIGHT = 20;
const MAX_HEIGHT = 800;
/** In pixels, at once: a hostile script can say anything. */
const MAX_WHEEL = 1_000;
/** An outer frame that has not answered by then never will: the page's policy forbids its script. */
const ANSWER_MS = 5_000;

/**
 * Shows `shown.content` in the box `shown.node`: HTML as `{ html, scripts }`, or what a chart's library draws as `{ name, library, draw }`.
 * A frame that is there already goes on with it.
 */
export async function update(shown) {
  const { node, content, about } = shown;
  const { options, metadata, theme } = about;
  const parts = [content.library?.module ?? content.library ?? []].flat();
  const urls = parts.filter((part) => typeof part !== "function").map((url) => new URL(url, document.baseURI).href);
  // A function gives the text of a script, which the frame then need not load.
  const scripts = await Promise.all(parts.filter((part) => typeof part === "function").map((read) => read()));
  if (shown.about !== about) return;
  const policy = policyOf([...(options.sources ?? []), ...urls]);
  const look = lookOf(node, theme);
  const kind = [policy, look, options.frame].join("\n");
  // What the inner document is made from. A chart's data is not in it.
  const key = [content.html, content.scripts, content.name, parts.length].join("\n");
  const title = String(metadata.alt ?? content.label).slice(0, 300);
  const isSame = shown.kind === kind && shown.key === key && content.draw !== undefined;
  const html = isSame ? shown.message.html : documentOf(content, urls, policy, look);
  const message = { title, scheme: theme, draw: content.draw, scripts, html };
  const before = shown.kind;
  Object.assign(shown, { key, kind, message });
  if (before === kind) {
    shown.port?.postMessage(isSame ? { draw: content.draw } : message);
    return;
  }
  const frame = document.createElement("iframe");
  frame.className = "codecell-frame";
  frame.title = title;
  frame.setAttribute("sandbox", "allow-scripts");
  frame.referrerPolicy = "no-referrer";
  Object.assign(frame.style, { height: `${MIN_HEIGHT}px`, colorScheme: theme });
  // Again if it is moved in the page, which loads it again.
  frame.addEventListener("load", () => open(shown, frame));
  if (options.frame) frame.src = options.frame;
  else frame.srcdoc = HOST.replace("POLICY", () => policy).replace("SCHEME", theme);
  shown.port = undefined;
  node.replaceChildren(frame);
}

/** Gives the outer frame its port, and what to show. */
function open(shown, frame) {
  const { port1, port2 } = new MessageChannel();
  let answered = false;
  shown.port = port1;
  port1.onmessage = ({ data: { height, link, wheel, blocked, error } }) => {
    const { options, note, fail } = shown.about;
    answered = true;
    if (height >= 0) frame.style.height = `${Math.min(options.maxHeight ?? MAX_HEIGHT, Math.max(MIN_HEIGHT, Math.ceil(height)))}px`;
    if (error) fail(`This can't be drawn: ${error.slice(0, 300)}`);
    if (/^https?:/.test(blocked)) note(`This may need ${new URL(blocked).origin}, from which nothing is loaded: see the option \`sources\` of render().`);
    if (link && /^https?:/.test(link)) options.onLink?.(link);
    if (wheel) options.onWheel?.(Math.max(-MAX_WHEEL, Math.min(MAX_WHEEL, wheel)));
  };
  frame.contentWindow.postMessage("", "*", [port2]);
  port1.postMessage(shown.message);
  setTimeout(() => {
    if (answered || !frame.isConnected) return;
    shown.about.fail("This needs a frame with a script, which this page's Content-Security-Policy forbids. Give render() the option `frame`.");
  }, ANSWER_MS);
}

/** What a result may load: nothing, unless the page names sources. */
function policyOf(urls) {
  const sources = urls.filter((url) => /^https?:\/\/[^\s;,'"]+$/.test(url)).join(" ");
  const rules = {
    default: "", script: "'unsafe-inline' 'unsafe-eval' ", style: "'unsafe-inline' ", img: "data: blob: ", font: "data: ", media: "data: blob: ",
    connect: "data: blob: ", worker: "blob: ", frame: "",
  };
  const lines = Object.entries(rules).map(([name, own]) => `${name}-src ${own + sources || "'none'"}`);
  return [...lines, "form-action 'none'", "base-uri 'none'"].join("; ");
}

/** The page's colours and font, where the result goes. */
function lookOf(node, theme) {
  const { color, fontFamily, fontSize } = getComputedStyle(node);
  return `color-scheme:${theme};color:${color};font:${fontSize} ${fontFamily}`.replaceAll("&", "&amp;").replaceAll('"', "'");
}

/** The inner frame's document. Where the result's scripts may not run, only ours have the nonce. */
function documentOf({ html, scripts, name, library }, urls, policy, look) {
  const nonce = [...crypto.getRandomValues(new Uint32Array(4))].join("");
  const own = scripts ? policy : policy.replace("'unsafe-inline'", `'nonce-${nonce}'`);
  const given = JSON.stringify({ name, urls, module: library?.module && urls[0] }).replaceAll("<", "\\u003c");
  return (
    `<!doctype html><html lang="en" style="${look}"><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${own}">` +
    "<style>body{margin:0;display:flow-root}@media(prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important}}</style>" +
    `<script nonce="${nonce}">${REPORT}</script><body>` +
    (html ?? `<style>body{background:#fff}</style><div id="chart"></div><script nonce="${nonce}">${DRAW}(${given})</script>`)
  );
}
