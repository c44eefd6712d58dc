// A page whose policy forbids inline scripts, in its frames too.

import { render } from "/render/index.js";
import { assert, DOT, place, until } from "./lib.js";

const data = { "text/html": "<div style='height:190px'></div><script>document.body.append('scripts run')</script>", "text/plain": "the text" };

export const checks = {
  "with a frame of its own, HTML is shown": async () => {
    const element = place();
    render({ data }, element, { frame: "/render/frame.html" });
    await until(() => element.querySelector("iframe")?.offsetHeight > 190, "the frame");
  },
  "without one, the text is shown, with what to do": async () => {
    const element = place();
    render({ data }, element);
    await until(() => element.querySelector("pre")?.textContent === "the text", "the text");
    assert(element.textContent.includes("the option `frame`"), element.textContent);
  },
  "pictures and tables need nothing": async () => {
    const element = place();
    render({ data: { "image/png": DOT } }, element);
    await until(() => element.querySelector("img")?.naturalWidth === 1, "the picture");
    render({ data: { "text/html": "<table><tr><td style='text-align: right'>1</table>" } }, element);
    assert(getComputedStyle(element.querySelector("td")).borderBottomStyle === "solid", "the table has no style");
  },
};
