// Requests to the toolbox.

import type { CodeInterpreter, connect, ConnectOptions } from "./types.js";

/** Options of every call that waits for the toolbox. */
export interface RequestOptions {
  /** Ends the request; the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** What {@link CodeInterpreter.request} sends. */
export interface ToolboxRequest extends RequestOptions {
  /** The method. Default: `GET`, or `POST` with a body. */
  method?: string | undefined;
  /** Headers, which go over those of the connection. */
  headers?: Record<string, string> | undefined;
  /** The body. A stream is sent as it is read in Node, Deno and Bun; a browser reads it first, because it can send streams over HTTP/2 at most. */
  body?: string | Blob | ArrayBuffer | ArrayBufferView | FormData | URLSearchParams | ReadableStream | undefined;
  /** How many seconds may pass until the answer begins; 0 for no limit. Default: {@link ConnectOptions.connectTimeout}. */
  timeout?: number | undefined;
  /** Used in place of the global `fetch`, unless {@link connect} was given one. */
  fetch?: ((url: string, init: any) => Promise<Response>) | undefined;
}

/** How to create a context. */
export interface CreateContextOptions extends RequestOptions {
  /** The working directory. */
  cwd?: string | undefined;
  /** The language: `python` is the only one. */
  language?: string | undefined;
  /**
   * How long the context lives. `"session"`: until this interpreter is closed, or its page has been gone for longer than the toolbox waits for it (60
   * seconds). Needs codecell-server. Default: `"toolbox"`, until it is deleted or the toolbox ends it.
   */
  lifetime?: "session" | "toolbox" | undefined;
}
