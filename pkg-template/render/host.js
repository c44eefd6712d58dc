// What runs inside the frames. It is text here, because a bundler may change the source of a function.

/**
 * The outer frame's document. `frame.html` is the same, without the policy, for pages that serve it as a file.
 *
 * It takes a port from the page that it is in, shows the document that comes through it in a frame of its own, and sends back what that
 * reports: its height, a link that was clicked, a turn of the wheel, what it may not load, an error. Reports are gathered, so that a flood of them does not reach the page.
 */
export const HOST = `<!doctype html>
<html lang="en" style="color-scheme:SCHEME">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="POLICY">
<title>Result</title>
<style>html,body{height:100%;margin:0;overflow:hidden}iframe{position:absolute;width:100%;height:100%;border:0}</style>
<body>
<script>
let port, shown, next, draw, scripts, timer, news = {};
addEventListener("message", ({ source, data, ports }) => {
  if (source === parent && !port && ports[0]) {
    port = ports[0];
    port.onmessage = take;
    port.postMessage({});
    return;
  }
  if (!port || !data || source !== (next ?? shown)?.contentWindow) return;
  if (next) {
    shown?.remove();
    [shown, next] = [next];
    shown.style.visibility = "";
  }
  for (const key of ["height", "link", "error", "blocked"]) if (key in data) news[key] = key === "height" ? +data.height : String(data[key]).slice(0, 4000);
  if ("wheel" in data) news.wheel = (news.wheel ?? 0) + +data.wheel;
  timer ??= setTimeout(() => {
    port.postMessage(news);
    timer = undefined;
    news = {};
  }, 20);
});
function take({ data }) {
  draw = data.draw;
  scripts = data.scripts ?? scripts;
  if (!("html" in data)) return send(shown ?? next);
  document.documentElement.style.colorScheme = data.scheme;
  next?.remove();
  next = document.createElement("iframe");
  next.title = data.title;
  next.setAttribute("sandbox", "allow-scripts");
  next.referrerPolicy = "no-referrer";
  next.style.visibility = "hidden";
  next.addEventListener("load", (event) => send(event.target), { once: true });
  next.srcdoc = data.html;
  document.body.append(next);
}
function send(frame) {
  if (draw !== undefined) frame.contentWindow.postMessage({ draw, scripts }, "*");
}
</script>
`;

/** In the inner frame: reports how high the content is, links that were clicked, which lead nowhere from here, and the wheel where nothing scrolls. */
export const REPORT = `(() => {
  // WebKit lets a sandboxed frame send the whole page back.
  for (const name of ["back", "forward", "go"]) History.prototype[name] = () => {};
  const page = document.documentElement;
  const report = () => {
    const body = document.body;
    if (body && page.scrollHeight > page.clientHeight) body.tabIndex = 0;
    parent.postMessage({ height: Math.max(page.getBoundingClientRect().height, body?.scrollHeight ?? 0) }, "*");
  };
  // The children too: some libraries make the body as high as the frame, and its content higher.
  const observer = new ResizeObserver(report);
  const observe = () => {
    for (const element of [page, document.body, ...document.body.children]) observer.observe(element);
  };
  // A browser observes nothing in a frame that is out of sight.
  addEventListener("load", report, true);
  // Cells with a background of their own, and the page's light text on it: highlights of pandas, which are made for a light page.
  const isForLight = (cell) => {
    const { color, backgroundColor, backgroundImage } = getComputedStyle(cell);
    return color === getComputedStyle(page).color && (backgroundImage !== "none" || backgroundColor !== "rgba(0, 0, 0, 0)");
  };
  addEventListener("DOMContentLoaded", () => {
    if (page.style.colorScheme === "dark" && [...document.querySelectorAll("td")].slice(0, 1000).some(isForLight)) Object.assign(page.style, { colorScheme: "light", color: "#000", background: "#fff" });
    report();
    observe();
    new MutationObserver(observe).observe(document.body, { childList: true });
  });
  addEventListener("securitypolicyviolation", ({ blockedURI }) => parent.postMessage({ blocked: blockedURI }, "*"));
  addEventListener("click", (event) => {
    const link = event.composedPath().find((node) => node.href);
    if (!link || link.getAttribute("href").startsWith("#")) return;
    event.preventDefault();
    parent.postMessage({ link: String(link.href) }, "*");
  });
  const scrolls = (element, way) => {
    const { scrollTop, scrollHeight, clientHeight } = element;
    const room = way < 0 ? scrollTop : scrollHeight - clientHeight - scrollTop;
    return room >= 1 && (element === page || /auto|scroll/.test(getComputedStyle(element).overflowY));
  };
  addEventListener("wheel", (event) => {
    const { deltaY, deltaMode, ctrlKey, defaultPrevented } = event;
    if (!deltaY || ctrlKey || defaultPrevented || event.composedPath().some((node) => node instanceof Element && scrolls(node, deltaY))) return;
    parent.postMessage({ wheel: deltaY * [1, 16, page.clientHeight][deltaMode] }, "*");
  }, { passive: true });
})()`;

/** In the inner frame of a chart: loads the library once, and draws what it is sent. */
export const DRAW = `(({ name, module, urls }) => {
  const { nonce } = document.currentScript;
  const add = (script) => document.head.append(Object.assign(document.createElement("script"), { nonce, ...script }));
  const load = (src) => new Promise((resolve, reject) => {
    add({ src, onload: resolve, onerror: () => reject("the library at " + src + " could not be loaded") });
  });
  const open = async (scripts) => {
    if (module) return import(module).then((library) => library.default ?? library);
    for (const text of scripts ?? []) add({ text });
    for (const url of urls) await load(url);
    return name === "plotly" ? Plotly : vegaEmbed;
  };
  let opening;
  const draw = async ({ draw, scripts }) => {
    const library = await (opening ??= open(scripts));
    const chart = JSON.parse(draw);
    if (name === "plotly") await library.react("chart", chart.data, chart.layout, { responsive: true, displaylogo: false });
    else await library("#chart", chart, { actions: false });
    dispatchEvent(new Event("load"));
  };
  addEventListener("message", ({ source, data }) => {
    if (source === parent) draw(data).catch((error) => parent.postMessage({ error: String(error) }, "*"));
  });
})`;
