// What the checks share.

const DEADLINE_MS = 20_000;

export function assert(condition, what) {
  if (!condition) throw new Error(what);
}

export function assertEqual(actual, expected, what) {
  const [one, other] = [actual, expected].map((value) => JSON.stringify(value));
  if (one !== other) throw new Error(`${what}: ${one}, not ${other}`);
}

/** Waits until `look` returns something. */
export async function until(look, what) {
  const end = Date.now() + DEADLINE_MS;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A new element in the light or the dark part of the page. */
export function place(part = "light") {
  const element = document.createElement("div");
  document.getElementById(part).append(element);
  return element;
}

/** What frames have posted to this page. */
export const messages = [];
addEventListener("message", ({ data }) => messages.push(data));

export const heard = (key) => until(() => messages.find((data) => data?.[key] !== undefined)?.[key], `a message with ${key}`);

/** Keeps HTML from ending the script that holds it. */
export const script = (body) => `<script>${body}<${"/script"}>`;

export const DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
/** Two frames, red and blue. */
export const GIF = "R0lGODlhAgACAIAAAP8AAAAA/yH/C05FVFNDQVBFMi4wAwEAAAAh+QQACgAAACwAAAAAAgACAAACAoRRACH5BAAKAAAALAAAAAACAAIAAAICjFMAOw==";
