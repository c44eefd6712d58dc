// Hostile results. Another server counts the requests that reach it: there must be none.

import { canary } from "/canary.js";
import { render } from "/render/index.js";
import { assert, assertEqual, messages, place, script, until } from "./lib.js";

const SECRET = "a-token-of-the-page";

/** Each tries to reach `there`, another server, by a way of its own. */
export const reaches = {
  picture: (there) => `<img src="${there}"><style>body{background:url(${there}2)}@import "${there}3";@font-face{font-family:f;src:url(${there}4)}p{font-family:f}</style><p>x</p>`,
  request: (there) => script(`fetch("${there}", { mode: "no-cors" }).catch(() => {}); navigator.sendBeacon?.("${there}2"); new XMLHttpRequest().open("GET", "${there}3"); new EventSource("${there}4")`),
  socket: (there) => script(`new WebSocket("${there.replace("http", "ws")}")`),
  script: (there) => `<script src="${there}"><${"/script"}><link rel=stylesheet href="${there}2"><link rel=preload as=image href="${there}3"><link rel=prefetch href="${there}4"><link rel=modulepreload href="${there}5">`,
  frame: (there) => `<iframe src="${there}"></iframe><object data="${there}2"></object><embed src="${there}3"><video src="${there}4" autoplay></video><iframe srcdoc="<img src=${there}5>"></iframe>`,
  navigation: (there) => script(`location = "${there}"`),
  replacement: (there) => script(`location.replace("${there}")`),
  "refresh of a page": (there) => `<meta http-equiv="refresh" content="0; url=${there}">`,
  form: (there) => `<form id=f action="${there}" method=post><input name=a></form><form id=g action="${there}2" target=_top></form>${script("f.submit(); g.submit(); f.requestSubmit()")}`,
  link: (there) => `<a id=a href="${there}" target=_blank ping="${there}2"></a><a id=b href="${there}3" target=_top></a><a id=c href="${there}4" download></a>${script("a.click(); b.click(); c.click()")}`,
  "link whose click does not bubble": (there) => `<a id=a href="${there}">x</a>${script("a.dispatchEvent(new MouseEvent('click', { bubbles: false }))")}`,
  "download whose click does not bubble": (there) => `<a id=a href="${there}" download>x</a>${script("a.dispatchEvent(new MouseEvent('click', { bubbles: false }))")}`,
  "link in a shadow tree": (there) => `<div id=h></div>${script(`const tree = h.attachShadow({ mode: "closed" }); tree.innerHTML = "<a href='${there}'>x</a>"; tree.firstChild.click()`)}`,
  popup: (there) => script(`open("${there}"); open("${there}2", "_top"); open("${there}3", "_parent"); parent.open?.("${there}4")`),
  top: (there) => ["top.location", "parent.location", "parent.parent.location", "top.location.href"].map((where, index) => script(`${where} = "${there}${index}"`)).join(""),
  history: () => script("history.back(); history.pushState({}, '', '/x')"),
  javascript: () => script("top.location = 'javascript:document.title=1'; parent.location = 'javascript:document.title=1'"),
  worker: (there) => script(`new Worker(URL.createObjectURL(new Blob(["fetch('${there}', { mode: 'no-cors' }); importScripts('${there}2')"])))`),
  base: (there) => `<base href="${there}/"><img src="x"><a id=a href="y">y</a>${script("a.click()")}`,
  "data document": (there) => script(`location = "data:text/html,<img src=${there}>"`),
  "blob document": (there) => script(`location = URL.createObjectURL(new Blob(["<img src=${there}>"], { type: "text/html" }))`),
  document: (there) => script(`document.open(); document.write("<img src='${there}'>"); document.close()`),
};

/** Each tries to read something of the page. */
const reads = [
  "localStorage.secret", "sessionStorage.secret", "document.cookie", "top.location.href", "parent.location.hash", "parent.parent.document.body.innerText", "top.secret", "parent.parent.localStorage.secret",
  "top.frames[0].document", "top.document.querySelector('#secret')", "window.frameElement", "parent.frameElement", "opener", "document.referrer", "navigator.serviceWorker.controller", "indexedDB.open('x') && 'opened'",
];

/** Posts when it is done, after a while in which what it began goes on. */
export const done = (name) => script(`setTimeout(() => top.postMessage({ done: ${JSON.stringify(name)} }, "*"), 700)`);
export const show = (html, options) => {
  const element = place();
  render({ data: { "text/html": html } }, element, options);
  return element;
};
const hits = async () => (await fetch(`${canary}/hits`)).json();

export const checks = {
  "hostile results reach nothing": async () => {
    const address = location.href;
    const before = history.length;
    document.title = "Rich results";
    const names = Object.keys(reaches);
    // First what reports that it is done: a navigation ends the script.
    for (const [index, name] of names.entries()) show(done(name) + reaches[name](`${canary}/evil-${index}-`));
    const silent = ["link whose click does not bubble", "download whose click does not bubble", "link in a shadow tree", "navigation", "replacement", "refresh of a page", "data document", "blob document", "document", "frame"];
    const loud = names.filter((name) => !silent.includes(name));
    await until(() => loud.every((name) => messages.some((data) => data?.done === name)), `reports of ${loud}`).catch((error) => {
      throw new Error(`${error.message}; there are ${messages.map((data) => data?.done).filter(Boolean)}`);
    });
    await new Promise((resolve) => setTimeout(resolve, 700));
    await fetch(`${canary}/control`);
    assertEqual(await hits(), ["/control"], "what the other server was asked for");
    assertEqual([location.href, document.title], [address, "Rich results"], "address and title of the page");
    assert(history.length <= before + names.length, "history");
  },
  "hostile results read nothing of the page": async () => {
    Object.assign(localStorage, { secret: SECRET });
    Object.assign(sessionStorage, { secret: SECRET });
    document.cookie = `secret=${SECRET}`;
    window.secret = SECRET;
    place().innerHTML = `<p id="secret">${SECRET}</p>`;
    const attempts = reads.map((read) => `try { const value = ${read}; found.push([${JSON.stringify(read)}, String(value)]) } catch (error) { found.push([${JSON.stringify(read)}, "refused"]) }`);
    show(script(`const found = []; ${attempts.join(";")}; top.postMessage({ found }, "*")`));
    const found = await until(() => messages.find((data) => data?.found)?.found, "what it found");
    assertEqual(found.length, reads.length, "attempts");
    const got = found.filter(([, value]) => !["refused", "null", "undefined", ""].includes(value));
    assertEqual(got, [], "what it got");
    assertEqual([localStorage.secret, document.cookie.includes(SECRET)], [SECRET, true], "what the page has itself");
    localStorage.clear();
    sessionStorage.clear();
  },
  "forged messages change no other frame, and this one only within its limits": async () => {
    const good = show("<div style='height:120px'>");
    await until(() => good.querySelector("iframe")?.offsetHeight === 120, "the good frame");
    const forged = [{ height: 1e9 }, { height: Infinity }, { height: NaN }, { height: -5 }, { height: "7000px" }, { height: { a: 1 } }, 5, null, "x", { html: "<p>x" }, { draw: "x" }, { wheel: 1e9 }, { wheel: NaN }, { wheel: {} }];
    const turns = [];
    const bad = show(
      script(`const { port1, port2 } = new MessageChannel();
        for (const data of ${JSON.stringify(forged)}.concat({ height: Infinity }, { height: NaN })) for (const target of [parent, top, parent.parent, top.frames[0]]) { target.postMessage(data, "*"); target.postMessage(data, "*", [new MessageChannel().port2]); }
        parent.postMessage({ height: 1e9 }, "*");`) + done("forged") + "<div style='height:90px'>",
      { onWheel: (pixels) => turns.push(pixels) },
    );
    await until(() => messages.some((data) => data?.done === "forged"), "the forger");
    assert(bad.querySelector("iframe").offsetHeight <= 800, "the forger's height");
    assertEqual(good.querySelector("iframe").offsetHeight, 120, "the good frame's height");
    assert(turns.every((pixels) => pixels >= -1000 && pixels <= 1000), `turns of the wheel by ${turns}`);
    const failing = show(script("parent.postMessage({ error: '<img src=x onerror=alert(1)>'.repeat(1e5) }, '*')"));
    await until(() => failing.querySelector(".codecell-note"), "the forged error");
    assert(failing.textContent.length < 1000 && !failing.querySelector("img"), "the forged error is not plain or not short");
  },
  "a flood of messages does not stop the page": async () => {
    const element = show(script("let n = 0; const flood = () => { for (let i = 0; i < 2000; i++) parent.postMessage({ height: 50 + (n++ % 100) }, '*'); if (n < 40000) setTimeout(flood) }; flood()") + done("flood"));
    let changes = 0;
    new MutationObserver((records) => (changes += records.length)).observe(element, { subtree: true, attributes: true });
    await until(() => messages.some((data) => data?.done === "flood"), "the end of the flood");
    assert(changes < 2000, `${changes} changes in the page`);
  },
  "a result can't cover the page, or take its focus": async () => {
    document.getElementById("run").focus();
    const element = show(`<div style="position:fixed;inset:-999px;z-index:9999;width:9999px;height:9999px"></div><input autofocus id=i>${script("i.focus(); window.focus(); i.select()")}` + done("cover"));
    await until(() => messages.some((data) => data?.done === "cover"), "the cover");
    const { width, height } = element.querySelector("iframe").getBoundingClientRect();
    assert(width <= innerWidth && height <= 800, `it is ${width} × ${height}`);
    assertEqual(document.elementFromPoint(5, 5)?.closest("iframe"), null, "what is in the page's corner");
  },
};
