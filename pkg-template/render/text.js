// Text, with the colours that ANSI escape sequences give it.

const MAX_CHARACTERS = 200_000;

/** A colour (`m`) with its numbers, or any other escape sequence or control character, which is dropped. */
const ESCAPE = /\x1b(?:\[([\d;:]*)m|\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])|[\0-\x08\x0b-\x1f\x7f]/g;

const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
const FLAGS = { 1: ["fontWeight", "bold"], 2: ["opacity", ".7"], 3: ["fontStyle", "italic"], 4: ["textDecoration", "underline"], 9: ["textDecoration", "line-through"] };

/** The text of a bundle's value, which may be a list of lines; undefined if it is something else. */
export function plainText(value) {
  if (Array.isArray(value) && value.every((line) => typeof line === "string")) return value.join("");
  return typeof value === "string" ? value : undefined;
}

export function showText(text) {
  const pre = document.createElement("pre");
  pre.className = "codecell-text";
  const visible = text.slice(0, MAX_CHARACTERS);
  let style = {};
  let at = 0;
  const take = (end) => {
    if (end === at) return;
    const piece = visible.slice(at, end);
    if (Object.keys(style).length === 0) return pre.append(piece);
    const span = document.createElement("span");
    Object.assign(span.style, style);
    span.textContent = piece;
    pre.append(span);
  };
  for (const match of visible.matchAll(ESCAPE)) {
    take(match.index);
    at = match.index + match[0].length;
    if (match[1] !== undefined) style = styled(style, match[1]);
  }
  take(visible.length);
  if (visible.length < text.length) pre.append(`\n… and ${text.length - visible.length} more characters`);
  return scrollable(pre, "Text");
}

/** A box that scrolls what is too large; the keyboard reaches it then. */
export function scrollable(content, label) {
  const box = document.createElement("div");
  box.className = "codecell-scroll";
  box.append(content);
  const focusable = () => {
    const scrolls = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
    if (scrolls) Object.assign(box, { tabIndex: 0, role: "region", ariaLabel: label });
    else for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
  };
  new ResizeObserver(focusable).observe(box);
  return box;
}

function styled(before, numbers) {
  let style = { ...before };
  const codes = numbers.split(/[;:]/).map(Number);
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index];
    const property = code < 40 || (code >= 90 && code < 100) ? "color" : "backgroundColor";
    if (code === 0) style = {};
    else if (FLAGS[code]) style[FLAGS[code][0]] = FLAGS[code][1];
    else if (code === 7) Object.assign(style, { color: "Canvas", backgroundColor: "CanvasText" });
    else if (code === 22) delete style.fontWeight, delete style.opacity;
    else if (code === 23) delete style.fontStyle;
    else if (code === 24 || code === 29) delete style.textDecoration;
    else if (code === 27) delete style.color, delete style.backgroundColor;
    else if (code === 39 || code === 49) delete style[property];
    else if (code === 38 || code === 48) {
      const isRgb = codes[index + 1] === 2;
      style[property] = isRgb ? `rgb(${codes.slice(index + 2, index + 5).join(" ")})` : indexed(codes[index + 2]);
      index += isRgb ? 4 : 2;
    } else if ((code >= 30 && code < 48) || (code >= 90 && code < 108)) style[property] = indexed((code % 10) + (code >= 90 ? 8 : 0));
  }
  return style;
}

/** A colour of the 256: sixteen with names, a cube of 6 × 6 × 6, and 24 greys. */
function indexed(number) {
  if (!(number >= 0 && number < 256)) return "";
  if (number < 16) return `var(--codecell-${NAMES[number % 8]})`;
  if (number >= 232) return `rgb(${Array(3).fill(8 + (number - 232) * 10).join(" ")})`;
  const level = (step) => (step ? 55 + 40 * step : 0);
  const rest = number - 16;
  return `rgb(${level(Math.floor(rest / 36))} ${level(Math.floor(rest / 6) % 6)} ${level(rest % 6)})`;
}
