// Requests of the caller's own: what the toolbox offers and the client has no method for.

import { anything, callback, readOptions, refuse } from "./checks.js";
import { isServer, limit } from "./options.js";

const known = { method: anything, headers: anything, body: anything, timeout: limit, fetch: callback };

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/**
 * Checks the arguments of `request`. Gives a name for errors, and a function that sends it: to the toolbox's URL, with the toolbox's headers and a signal,
 * through the `fetch` that `connect` was given, if it was given one.
 *
 * `closing` is a signal that ends the request while the body of its answer arrives.
 */
export function prepareRequest(path, options, closing) {
  const { headers, body, signal, timeout, fetch: other, method: given } = readOptions("request", options, known);
  const method = String(given ?? (body === undefined ? "GET" : "POST")).toUpperCase();
  if (typeof path !== "string" || !staysBelow(path)) {
    refuse("path", "a path below the toolbox's URL that begins with a slash, such as /files", path);
  }
  if (!methods.includes(method)) refuse("method", `one of ${methods.join(", ")}`, given);
  if (body !== undefined && /^(GET|HEAD)$/.test(method)) refuse("body", `left out of a ${method} request`, body);
  // `fetch` would send the text [object Object].
  if (body === null || /^(Object|Array|Number|Boolean)$/.test(body?.constructor?.name)) {
    refuse("body", "what fetch sends, such as a string (JSON.stringify makes one), a Blob or a FormData", body);
  }
  try {
    new Headers(headers);
  } catch {
    refuse("headers", "names and values that HTTP headers can have", "others");
  }
  const isStream = body instanceof ReadableStream;
  let refusal;
  const send = async (base, init, fetch = other ?? globalThis.fetch) => {
    // A stream can't be sent again with another token.
    if (refusal) return refusal;
    const url = new URL(base);
    const [, name, query] = /^([^?#]*)\??([^#]*)/.exec(path);
    url.pathname = url.pathname.replace(/\/$/, "") + name;
    if (query) url.search += (url.search && "&") + query;
    for (const name in headers) init.headers.set(name, headers[name]);
    // A browser sends a stream over HTTP/2, or not at all.
    const whole = isStream && !isServer() ? await new Response(body).blob() : body;
    const signals = [init.signal, closing, signal].filter(Boolean);
    const response = await fetch(url.href, {
      ...init,
      method,
      body: whole,
      // Browsers from before 2024 have no `any`: there, only the first signal ends it, and only until the answer begins.
      signal: AbortSignal.any?.(signals) ?? init.signal,
      ...(isStream && isServer() && { duplex: "half" }),
    });
    if (isStream && response.status === 401) refusal = response.clone();
    return response;
  };
  return { line: `${method} ${path.split(/[?#]/)[0]}`, send, signal, timeout };
}

/** Whether a path leads to something below the toolbox's URL, whatever that is: a URL resolves dots. */
function staysBelow(path) {
  const base = "http://toolbox/a/b";
  return path[0] === "/" && path.isWellFormed?.() !== false && new URL(base + path).href.startsWith(`${base}/`);
}
