// `codecell/render` from the tarball: every check of ../render in each engine, and what only a keyboard shows.

import { createServer } from "node:http";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { runPage } from "../lib/browser.mjs";
import { serveFolder } from "../lib/static.mjs";

const checks = join(import.meta.dirname, "../render");
const modules = join(import.meta.dirname, "../../../node_modules");
const PASSED = "every check passed\n";

/** The README's policy, with what results need. */
const PAGE_POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; frame-src 'self'; img-src 'self' data:; connect-src 'self' http://127.0.0.1:*";

export const render = {
  name: "render",
  everyEngine: true,
  async run({ report, browser, firefox, webkit, toolbox, unpacked }) {
    for (const [name, engine] of Object.entries({ Chromium: browser, Firefox: firefox, WebKit: webkit })) {
      if (!engine) {
        await report.skip(`render: ${name}`, `there is no ${name}`);
        continue;
      }
      await report.check(`render: every check in ${name}`, () => withServers(unpacked, (url) => runPage(engine, url, toolbox, PASSED)));
      await report.check(`render: under a strict policy in ${name}`, () => withServers(unpacked, (url) => runPage(engine, `${url}/strict`, toolbox, PASSED)));
      if (!engine.newContext) continue;
      await report.check(`render: by keyboard in ${name}`, () => withServers(unpacked, (url) => onPage(engine, url, byKeyboard)));
      await report.check(`render: by wheel in ${name}`, () => withServers(unpacked, (url) => onPage(engine, url, byWheel)));
    }
    await report.check("render: frame.html is the package's own frame", async () => {
      const { HOST } = await import(join(unpacked, "render/host.js"));
      const file = await readFile(join(unpacked, "render/frame.html"), "utf8");
      const wanted = HOST.replace(/<meta http-equiv.*\n/, "").replace(' style="color-scheme:SCHEME"', "");
      if (file !== wanted) throw new Error("render/frame.html and the text in render/host.js differ");
    });
  },
};

/** The page with its checks, and another server, which nothing may reach. */
export async function withServers(unpacked, visit) {
  const hits = [];
  const canary = createServer((request, response) => {
    response.writeHead(200, { "access-control-allow-origin": "*", "content-type": "text/html" });
    if (request.url === "/hits") return response.end(JSON.stringify(hits));
    hits.push(request.url);
    response.end("<p>reached");
  });
  canary.on("upgrade", (request, socket) => {
    hits.push(request.url);
    socket.destroy();
  });
  await new Promise((resolve) => canary.listen(0, "127.0.0.1", resolve));
  // As the guide says to send it.
  const guide = await readFile(join(import.meta.dirname, "../../../docs/results.md"), "utf8");
  const framePolicy = /^Content-Security-Policy: (sandbox .*)$/m.exec(guide)?.[1];
  const files = await contents(`http://127.0.0.1:${canary.address().port}`);
  const requests = [];
  const server = await serveFolder(unpacked, (path) => {
    requests.push(path);
    if (path === "/requests") return { body: JSON.stringify(requests), headers: { "content-type": "application/json" } };
    if (path === "/render/frame.html") return { headers: { "content-security-policy": framePolicy } };
    return files(path);
  });
  try {
    return await visit(server.url);
  } finally {
    await server.stop();
    canary.closeAllConnections();
    canary.close();
  }
}

/** What the server sends besides the package: the page, its checks, axe-core, and the libraries that draw charts. */
async function contents(canary) {
  const read = (path) => readFile(join(modules, path), "utf8");
  const bodies = {
    "/canary.js": `export const canary = ${JSON.stringify(canary)};`,
    "/axe.js": `${await read("axe-core/axe.min.js")}\nexport default globalThis.axe;`,
    "/libraries/plotly.js": await read("plotly.js-dist-min/plotly.min.js"),
    "/libraries/vega.js": await read("vega/build/vega.min.js"),
    "/libraries/vega-lite.js": await read("vega-lite/build/vega-lite.min.js"),
    "/libraries/vega-embed.js": await read("vega-embed/build/vega-embed.min.js"),
  };
  for (const name of await readdir(checks)) bodies[`/checks/${name}`] = await readFile(join(checks, name), "utf8");
  const page = bodies["/checks/index.html"];
  return (path) => {
    if (path === "/index.html") return { body: page };
    if (path === "/strict/index.html") return { body: page, headers: { "content-security-policy": PAGE_POLICY } };
    return path in bodies ? { body: bodies[path] } : undefined;
  };
}

/** A page of a browser at `url`, while `use` runs. */
async function onPage(browser, url, use) {
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  try {
    await page.goto(url);
    await use(page);
  } finally {
    await page.close();
  }
}

/** The keyboard scrolls what is too large, opens JSON, and gets into a frame and out of it. */
async function byKeyboard(page) {
  await page.evaluate(async () => {
    const { render } = await import("/render/index.js");
    const cells = "<td>a wide cell</td>".repeat(200);
    document.querySelector("main").innerHTML = "<div id=table></div><div id=json></div><div id=frame></div><button id=after>After</button>";
    render({ data: { "text/html": `<table><tr>${cells}</tr></table>` } }, document.getElementById("table"));
    render({ data: { "application/json": { list: [1, 2, 3] } } }, document.getElementById("json"));
    render({ data: { "text/html": "<div style='height:3000px'>high</div><script>onscroll = () => top.postMessage({ y: scrollY }, '*')</script>" } }, document.getElementById("frame"));
    addEventListener("message", ({ data }) => (window.y = data.y ?? window.y));
  });
  await page.waitForFunction(() => document.querySelector("[role=region]") && document.querySelector("iframe")?.offsetHeight === 800);
  await page.focus("#run");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.querySelector("#table [role=region]").scrollLeft > 0);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("#json").textContent.includes("2: 3"));
  await page.focus("#after");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("End");
  await page.waitForFunction(() => window.y > 100);
  for (let presses = 0; presses < 4 && !(await page.evaluate(() => document.activeElement?.id === "after")); presses++) await page.keyboard.press("Tab");
  if (!(await page.evaluate(() => document.activeElement?.id === "after"))) throw new Error(`Tab does not lead out of the frame: ${await page.evaluate(() => document.activeElement?.outerHTML)}`);
}

/** Where nothing in a frame scrolls, the wheel scrolls the page, and `onWheel` tells a page that scrolls by scripts. */
async function byWheel(page) {
  await page.evaluate(async () => {
    const { render } = await import("/render/index.js");
    window.turned = 0;
    const onWheel = (pixels) => (window.turned += pixels);
    document.querySelector("main").innerHTML = "<div id=low></div><div id=high></div><div style='height:3000px'></div>";
    render({ data: { "text/html": "<div style='height:90px'>low</div><script>1</script>" } }, document.getElementById("low"), { onWheel });
    render({ data: { "text/html": "<div style='height:3000px'>high</div><script>onscroll = () => top.postMessage({ y: scrollY }, '*')</script>" } }, document.getElementById("high"), { maxHeight: 200, onWheel });
    addEventListener("message", ({ data }) => (window.inner = data.y ?? window.inner));
  });
  await page.waitForFunction(() => document.querySelector("#low iframe")?.offsetHeight === 90 && document.querySelector("#high iframe")?.offsetHeight === 200);
  const over = async (selector, way) => {
    const { x, y } = await page.locator(selector).boundingBox();
    await page.mouse.move(x + 30, y + 30);
    await page.mouse.wheel(0, way);
  };
  await over("#high iframe", 100);
  await page.waitForFunction(() => window.inner > 0);
  await over("#low iframe", 60);
  await page.waitForFunction(() => window.turned > 0 && scrollY > 0);
  const turned = await page.evaluate(() => window.turned);
  if (turned !== 60) throw new Error(`the page heard of ${turned} pixels, not of 60`);
}
