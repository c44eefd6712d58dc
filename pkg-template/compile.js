// Makes a WebAssembly.Module of whatever holds the wasm, and says in words why that failed.

import { DaytonaError } from "./errors.js";

/** Throws where the client can't run, whatever its wasm is. */
export function checkRuntime() {
  if (typeof WebAssembly === "undefined") {
    throw loadFailure("this browser or runtime has WebAssembly switched off", "Switch it on (Lockdown Mode on Apple devices switches it off)");
  }
  if (typeof TextDecoder === "undefined" || typeof TextEncoder === "undefined") {
    throw loadFailure(
      "this runtime has no TextDecoder or no TextEncoder, such as jest's jsdom environment",
      "Set both on globalThis, from node:util, before codecell is imported",
    );
  }
}

export async function compile(source) {
  // By name, as test runners hand over objects of another realm, which `instanceof` does not know.
  switch (Object.prototype.toString.call(source).slice(8, -1)) {
    case "WebAssembly.Module":
      return source;
    case "String":
    case "URL":
      return compileResponse(await request(source));
    case "Response":
      return compileResponse(source);
    case "Undefined":
      throw loadFailure("codecell/slim was given none", "Call initialize(module) before connect(), or import from codecell, which loads it itself");
    case "ArrayBuffer":
    case "SharedArrayBuffer":
      return compileBytes(source);
  }
  if (ArrayBuffer.isView(source)) return compileBytes(source);
  throw loadFailure(
    `initialize() was given ${describe(source)}`,
    "Give it a WebAssembly.Module, its bytes, a Response, or the file's URL, or a promise of one of these",
  );
}

async function request(url) {
  try {
    return await fetch(url);
  } catch (cause) {
    throw loadFailure(
      `GET ${url} failed (${cause})`,
      "Check that the server can be reached, and that the page's Content-Security-Policy names it in connect-src",
      cause,
    );
  }
}

async function compileResponse(response) {
  const place = response.url || "the Response";
  const type = response.headers.get("content-type")?.split(";")[0].trim().toLowerCase() ?? "";
  if (!response.ok) {
    throw loadFailure(`GET ${place} answered ${response.status}`, hostTheFile, undefined, response.status);
  }
  if (type === "application/wasm" && WebAssembly.compileStreaming) {
    return explain(WebAssembly.compileStreaming(response), place);
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (!magic.every((byte, index) => bytes[index] === byte)) {
    throw loadFailure(`GET ${place} answered with something else, of type ${type || "unknown"}`, hostTheFile);
  }
  if (type !== "application/wasm") {
    console.warn(`codecell: ${place} is served as ${type || "no type"}; serve it as application/wasm and it starts faster`);
  }
  return compileBytes(bytes, place);
}

function compileBytes(bytes, place = "the bytes") {
  return explain(WebAssembly.compile(bytes), place);
}

async function explain(compiling, place) {
  try {
    return await compiling;
  } catch (cause) {
    if (/unsafe-eval|content.security.policy|\bCSP\b/i.test(String(cause))) {
      throw loadFailure("the page's Content-Security-Policy forbids it", "Add 'wasm-unsafe-eval' to its script-src", cause);
    }
    if (/embedder|code generation/i.test(String(cause))) {
      throw loadFailure("this runtime compiles no WebAssembly", "Import the file as a module, and give that to initialize() of codecell/slim", cause);
    }
    throw loadFailure(`${place} could not be compiled (${cause})`, "The file may be damaged or cut short: install the package again", cause);
  }
}

export function loadFailure(happened, todo, cause, statusCode) {
  return new DaytonaError(`codecell could not load its WebAssembly file: ${happened}. ${todo}.`, { code: "LOAD_FAILED", cause, statusCode });
}

function describe(value) {
  return value === null ? "null" : `a ${value?.constructor?.name ?? typeof value}`;
}

const magic = [0, 0x61, 0x73, 0x6d];

const hostTheFile =
  "Copy node_modules/codecell/codecell.wasm there, or import from codecell/inline, which needs no file " +
  "(Vite's development server: optimizeDeps.exclude: [\"codecell\"])";
