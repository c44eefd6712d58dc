// Pictures, always as <img>: a browser runs no script of an SVG that is shown in one, and loads nothing for it.

import { plainText } from "./text.js";

const MAX_SIDE = 10_000;

export function showImage(value, about) {
  const source = plainText(value);
  if (source === undefined) return undefined;
  const { metadata, previous, type } = about;
  // The same element keeps the old picture until the new one is ready: an animation does not flicker.
  const image = previous?.image ?? document.createElement("img");
  image.className = "codecell-image";
  image.alt = alternative(about);
  for (const side of ["width", "height"]) {
    const length = Math.round(metadata[side]);
    if (length > 0 && length <= MAX_SIDE) image.setAttribute(side, length);
    else image.removeAttribute(side);
  }
  image.onerror = () => about.fail(`The picture of type ${type} can't be shown: it is damaged, or this page's Content-Security-Policy lacks img-src data:.`);
  image.src = type === "image/svg+xml" ? `data:${type};charset=utf-8,${encodeURIComponent(drawable(source).toWellFormed?.() ?? source)}` : `data:${type};base64,${source}`;
  if (type === "image/gif" && matchMedia("(prefers-reduced-motion: reduce)").matches) return still(image);
  return { node: image, image };
}

/** Browsers take an SVG for an image only with its namespace, which HTML does not ask for. */
function drawable(svg) {
  return /<svg[^>]*\sxmlns\s*=/i.test(svg) ? svg : svg.replace(/<svg(?=[\s>])/i, '<svg xmlns="http://www.w3.org/2000/svg"');
}

function alternative({ metadata, alternative }) {
  return String(metadata.alt ?? alternative ?? "").slice(0, 300) || "Picture";
}

/** The first frame, and a button that plays the animation. */
function still(image) {
  const box = document.createElement("div");
  const canvas = document.createElement("canvas");
  const play = document.createElement("button");
  Object.assign(canvas, { className: "codecell-image", role: "img", ariaLabel: image.alt });
  Object.assign(play, { type: "button", textContent: "Play the animation" });
  play.addEventListener("click", () => box.replaceChildren(image));
  image.onload = () => {
    Object.assign(canvas, { width: image.naturalWidth, height: image.naturalHeight }).getContext("2d")?.drawImage(image, 0, 0);
  };
  box.append(canvas, play);
  return box;
}
