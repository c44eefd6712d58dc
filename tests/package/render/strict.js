// A page whose policy forbids inline scripts, in its frames too.

import { render } from "/render/index.js";
import { assert, assertEqual, DOT, place, until } from "./lib.js";

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
    const violations = [];
    document.addEventListener("securitypolicyviolation", ({ violatedDirective }) => violations.push(violatedDirective));
    const html = "<div><style scoped>.dataframe td { color: red }</style><table class=dataframe><tr style='text-align: right;'><td style='text-align: left'> style=\"1\"</table>";
    render({ data: { "text/html": html } }, element);
    assertEqual([getComputedStyle(element.querySelector("td")).textAlign, element.textContent], ["left", ' style="1"'], "alignment and text");
    // Violations are reported later.
    await new Promise((resolve) => setTimeout(resolve, 100));
    assertEqual(violations, [], "what the policy refused");
    assert(getComputedStyle(element.querySelector("td")).borderBottomStyle === "solid", "the table has no style");
  },
};
