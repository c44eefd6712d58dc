// JSON as a tree that opens and closes. What is closed is not built.

import { scrollable } from "./text.js";

const AT_ONCE = 100;
const MAX_CHARACTERS = 1_000;

export function showJson(value) {
  const tree = branch(undefined, value, true);
  tree.classList.add("codecell-json");
  return scrollable(tree, "JSON");
}

function branch(key, value, open) {
  const isTree = value !== null && typeof value === "object";
  const element = document.createElement(isTree ? "details" : "div");
  const line = isTree ? element.appendChild(document.createElement("summary")) : element;
  if (key !== undefined) {
    const name = document.createElement("span");
    name.className = "codecell-key";
    name.textContent = short(key);
    line.append(name, ": ");
  }
  line.append(isTree ? size(value) : short(JSON.stringify(value) ?? String(value)));
  if (isTree) {
    let isBuilt = false;
    const build = () => {
      if (isBuilt) return;
      isBuilt = true;
      grow(element, value, Object.keys(value), 0);
    };
    element.addEventListener("toggle", build);
    if (open) {
      element.open = true;
      build();
    }
  }
  return element;
}

/** Adds the next children, and a button for those after them. */
function grow(element, value, keys, from) {
  for (const key of keys.slice(from, from + AT_ONCE)) element.append(branch(Array.isArray(value) ? key : JSON.stringify(key), value[key], false));
  const rest = keys.length - from - AT_ONCE;
  if (rest <= 0) return;
  const more = document.createElement("button");
  Object.assign(more, { type: "button", textContent: `${Math.min(rest, AT_ONCE)} of ${rest} more` });
  more.addEventListener("click", () => {
    more.remove();
    grow(element, value, keys, from + AT_ONCE);
  });
  element.append(more);
}

function size(value) {
  const count = Object.keys(value).length;
  const [open, close, word] = Array.isArray(value) ? ["[", "]", "item"] : ["{", "}", "key"];
  return count === 0 ? open + close : `${open} ${count} ${word}${count === 1 ? "" : "s"} ${close}`;
}

function short(text) {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}… (${text.length} characters)` : text;
}
