// Makes a WebAssembly.Module of whatever holds the wasm, and says in words why that failed.

import { DaytonaError } from "./errors.js";

export async function compile(source) {
  if (typeof WebAssembly === "undefined") {
    throw failure("this browser or runtime has WebAssembly switched off", "Switch it on (Lockdown Mode on Apple devices switches it off)");
  }
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return compileBytes(source);
  if (typeof source === "string" || source instanceof URL) return compileResponse(await request(source));
  if (typeof Response !== "undefined" && source instanceof Response) return compileResponse(source);
  if (source === undefined) {
    throw failure("codecell/slim was given none", "Call initialize(module) before connect(), or import from codecell, which loads it itself");
  }
  throw failure(
    `initialize() was given ${describe(source)}`,
    "Give it a WebAssembly.Module, its bytes, a Response, or the file's URL, or a promise of one of these",
  );
}

async function request(url) {
  try {
    return await fetch(url);
  } catch (cause) {
    throw failure(
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
    throw failure(`GET ${place} answered ${response.status}`, hostTheFile, undefined, response.status);
  }
  if (type === "application/wasm" && WebAssembly.compileStreaming) {
    return explain(WebAssembly.compileStreaming(response), place);
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (!magic.every((byte, index) => bytes[index] === byte)) {
    throw failure(`GET ${place} answered with something else, of type ${type || "unknown"}`, hostTheFile);
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
      throw failure("the page's Content-Security-Policy forbids it", "Add 'wasm-unsafe-eval' to its script-src", cause);
    }
    throw failure(`${place} could not be compiled (${cause})`, "The file may be damaged or cut short: install the package again", cause);
  }
}

function failure(happened, todo, cause, statusCode) {
  return new DaytonaError(`codecell could not load its WebAssembly file: ${happened}. ${todo}.`, { code: "LOAD_FAILED", cause, statusCode });
}

function describe(value) {
  return value === null ? "null" : `a ${value?.constructor?.name ?? typeof value}`;
}

const magic = [0, 0x61, 0x73, 0x6d];

const hostTheFile =
  "Copy node_modules/codecell/codecell.wasm there, or import from codecell/inline, which needs no file " +
  "(Vite's development server: optimizeDeps.exclude: [\"codecell\"])";
