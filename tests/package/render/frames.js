// HTML in frames.

import { render } from "/render/index.js";
import { assert, assertEqual, heard, messages, place, script, until } from "./lib.js";

const height = (element) => element.querySelector("iframe")?.offsetHeight ?? 0;
const html = (text, options, element = place()) => {
  render({ data: { "text/html": text, "text/plain": "the text" } }, element, options);
  return element;
};

export const checks = {
  "a frame is as high as its content, up to a limit": async () => {
    const element = html("<h1 style='height:300px;margin:20px 0'>A title</h1>");
    await until(() => height(element) === 340, `a height of 340, not ${height(element)}`);
    const frame = element.querySelector("iframe");
    assertEqual([frame.getAttribute("sandbox"), frame.title], ["allow-scripts", "HTML"], "sandbox, title");
    const long = html("<div style='height:9999px'>");
    await until(() => height(long) === 800, "800 pixels");
    const limited = html("<div style='height:9999px'>", { maxHeight: 150 });
    await until(() => height(limited) === 150, "150 pixels");
    const late = html(`<div id=d></div>${script("setTimeout(() => (d.style.height = '222px'), 300)")}`);
    // Out of sight, a browser lays out a frame when it comes near.
    late.scrollIntoView();
    await until(() => height(late) === 222, "content that comes later");
    const full = html(`<style>html,body{height:100%}</style><div id=d></div>${script("setTimeout(() => (d.style.height = '233px'), 300)")}`);
    full.scrollIntoView();
    await until(() => height(full) === 233, "content of a body with a height");
  },
  "a frame has the page's colours": async () => {
    for (const part of ["light", "dark"]) {
      // Firefox computes no style of a frame that it has not laid out.
      const say = `const color = getComputedStyle(document.body).color;
        if (!color) return setTimeout(say, 10);
        top.postMessage({ ${part}: [color, getComputedStyle(document.documentElement).colorScheme] }, "*");`;
      html(script(`const say = () => { ${say} }; say();`), {}, place(part));
      assertEqual(await heard(part), [getComputedStyle(document.getElementById(part)).color, part], part);
    }
  },
  "a table with backgrounds of its own has dark text on a light page": async () => {
    const say = script("addEventListener('load', () => { const { color, background } = document.documentElement.style; top.postMessage({ [document.title]: [color, background] }, '*') })");
    const highlight = (title, rules) => `<title>${title}</title><style>#T_1 { ${rules} }</style><table><tr><td id="T_1">1</td><td>2</td></tr></table>${say}`;
    html(highlight("highlighted", "background-color: yellow"), {}, place("dark"));
    html(highlight("bar", "background: linear-gradient(90deg, lightblue 50%, transparent 50%)"), {}, place("dark"));
    html(highlight("bold", "font-weight: bold"), {}, place("dark"));
    html(highlight("own color", "background-color: navy; color: white"), {}, place("dark"));
    for (const title of ["highlighted", "bar"]) assertEqual(await heard(title), ["rgb(0, 0, 0)", "rgb(255, 255, 255)"], title);
    const page = getComputedStyle(document.getElementById("dark")).color;
    for (const title of ["bold", "own color"]) assertEqual(await heard(title), [page, ""], title);
  },
  "without allowScripts nothing of the result runs, but its height is known": async () => {
    const say = (what) => `top.postMessage({ ran: '${what}' }, '*')`;
    const text = `${script(say("script"))}<script nonce="NONCE">${say("nonce")}</script><img src="data:x" onerror="${say("handler")}"><a id=a href="javascript:${say("link")}">x</a><div style="height:260px"></div>`;
    const element = html(text, { allowScripts: false });
    await until(() => height(element) > 260, "the height");
    assertEqual(messages.filter((data) => data?.ran), [], "what ran");
    // The same with scripts, so that the check above can fail.
    html(text);
    assertEqual(await heard("ran"), "script", "what ran with scripts");
  },
  "an update keeps the frame; another look makes a new one": async () => {
    const element = html("<div style='height:100px'>");
    await until(() => height(element) === 100, "the first");
    const frame = element.querySelector("iframe");
    html("<div style='height:130px'>", {}, element);
    await until(() => height(element) === 130, "the second");
    assert(element.querySelector("iframe") === frame, "another frame");
    html("<div style='height:140px'>", { theme: "dark" }, element);
    await until(() => height(element) === 140, "the third");
    assert(element.querySelector("iframe") !== frame && element.querySelectorAll("iframe").length === 1, "the same frame");
    // Moved in the page, a frame loads again.
    place().append(element);
    element.querySelector("iframe").style.height = "1px";
    await until(() => height(element) === 140, "after a move");
    html("<table><tr><td>plain</table>", {}, element);
    assertEqual(element.querySelectorAll("iframe").length, 0, "frames after a table");
  },
  "links are given to the page": async () => {
    const links = [];
    const click = (href) => `<a href="${href}"></a>${script("addEventListener('load', () => setTimeout(() => document.querySelector('a').click()))")}`;
    for (const href of ["javascript:top.postMessage({ js: 1 }, '*')", "mailto:x@example.org", "#here"]) html(click(href), { onLink: (url) => links.push(url) });
    html(click("https://example.org/"), { onLink: (url) => links.push(url) });
    await until(() => links.length > 0, "a link");
    assertEqual(links, ["https://example.org/"], "links");
    assert(!messages.some((data) => data?.js), "a javascript: link ran");
  },
  "what a result may not load is named": async () => {
    const element = html(`<script src="https://cdn.example/a.js"></script>`);
    await until(() => element.textContent.includes("https://cdn.example, from which nothing is loaded"), `the sentence: ${element.textContent}`);
    const flood = html(script("for (let i = 0; i < 500; i++) parent.postMessage({ blocked: `https://a${i}.example/` }, '*')"));
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert(flood.querySelectorAll(".codecell-note").length <= 3, "a flood of sentences");
  },
};
