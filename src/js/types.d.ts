/**
 * codecell runs Python from a web page, in a Daytona sandbox or in the local toolbox.
 *
 * ```ts
 * import { connect } from "codecell";
 *
 * const interpreter = await connect({ toolboxUrl: "http://127.0.0.1:2280", token: "…" });
 * const { stdout } = await interpreter.runCode("print(6 * 7)");
 * console.log(stdout); // "42\n"
 * interpreter.close();
 * ```
 *
 * @module codecell
 */

/** Where the toolbox is, and how to get in. See {@link connect}. */
export interface ConnectOptions {
  /**
   * Base URL of the toolbox, with `http:` or `https:`, for example `https://proxy.example/toolbox/<sandboxId>`.
   *
   * A function is asked once, on first use, and again only after it failed.
   */
  toolboxUrl: string | URL | (() => string | URL | Promise<string | URL>);
  /**
   * The preview token (for the local toolbox: the token that it prints at its start).
   *
   * A function is asked anew for each request, so that tokens can rotate:
   *
   * ```ts
   * import { connect } from "codecell";
   *
   * const interpreter = await connect({
   *   toolboxUrl: "https://proxy.example/toolbox/7f3c",
   *   token: async () => (await fetch("/my-backend/preview-token")).text(),
   * });
   * ```
   */
  token?: string | (() => string | Promise<string>);
  /**
   * A Daytona API key, sent as `Authorization: Bearer` on HTTP requests.
   *
   * A browser's WebSocket can't carry it: give a `token` too. In a web page, where everybody could read the key, it is refused
   * unless {@link dangerouslyAllowBrowser} is true.
   */
  apiKey?: string;
  /** Accept an `apiKey` in a web page. Only for pages that nobody but you opens. Default: false. */
  dangerouslyAllowBrowser?: boolean;
  /** More headers for HTTP requests. A browser's WebSocket can't send them. */
  headers?: Record<string, string>;
  /** The `fetch` to use in place of the global one. */
  fetch?: typeof globalThis.fetch;
  /**
   * The `WebSocket` class to use in place of the global one. Node 20 has none:
   *
   * ```ts
   * import { connect } from "codecell";
   * import WebSocket from "ws";
   *
   * const interpreter = await connect({
   *   toolboxUrl: "http://127.0.0.1:2280",
   *   token: "…",
   *   WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
   * });
   * ```
   */
  WebSocket?: typeof globalThis.WebSocket;
  /**
   * Open a socket ahead, after the first run, so that the next run takes one round trip instead of three.
   *
   * It is kept idle for at most 30 seconds. No code is ever sent twice. Default: true.
   */
  spareSocket?: boolean;
}

/**
 * Makes an interpreter for one toolbox. Nothing is sent yet: a wrong address shows at the first use.
 *
 * Rejects with {@link DaytonaValidationError} for wrong options, and with {@link DaytonaError} (`code` `LOAD_FAILED`) when the
 * WebAssembly file can't be loaded.
 */
export function connect(options: ConnectOptions): Promise<CodeInterpreter>;

/** Which sandbox, and the key to it. See {@link daytonaSandbox}. */
export interface DaytonaSandboxOptions {
  /** Id of a started sandbox. */
  sandboxId: string;
  /** A Daytona API key. It must not reach a web page. */
  apiKey: string;
  /** The control plane. Default: `https://app.daytona.io/api`. */
  apiUrl?: string;
  /** The `fetch` to use in place of the global one. */
  fetch?: typeof globalThis.fetch;
}

/**
 * Options for {@link connect} that ask Daytona's control plane, on first use, for a sandbox's toolbox URL and preview token.
 *
 * ```ts
 * import { connect, daytonaSandbox } from "codecell";
 *
 * const interpreter = await connect(daytonaSandbox({ sandboxId: "7f3c", apiKey: process.env.DAYTONA_API_KEY! }));
 * ```
 */
export function daytonaSandbox(options: DaytonaSandboxOptions): ConnectOptions;

/** Gives the compiled client to `codecell/slim`, before the first {@link connect}; elsewhere it replaces the entry point's own file. */
export function initialize(source: WasmSource | Promise<WasmSource>): void;

/** What {@link initialize} takes: a compiled module, its bytes, a response that holds them, or their address. */
export type WasmSource = WebAssembly.Module | ArrayBuffer | ArrayBufferView | Response | URL | string;

/** Output of an execution, as a handler gets it. */
export interface OutputMessage {
  /** The text, as Python wrote it. */
  output: string;
}

/** A Python exception. */
export interface ExecutionError {
  /** The exception's class, for example `ZeroDivisionError`. */
  name: string;
  /** Its message. */
  value: string;
  /** The formatted traceback. */
  traceback: string;
}

/** How an execution went. */
export interface ExecutionResult {
  /** Everything written to standard output; empty with `capture: false`. */
  stdout: string;
  /** Everything written to standard error; empty with `capture: false`. */
  stderr: string;
  /** The Python exception, if there was one. */
  error?: ExecutionError;
  /**
   * `completed`: ran to its end; `error`: ended by a Python exception; `interrupted`: stopped by somebody else. Your own `signal`
   * rejects instead.
   */
  status: "completed" | "error" | "interrupted";
}

/** An isolated context: variables, imports and a working directory of its own. A plain object. */
export interface InterpreterContext {
  /** A UUID, version 4. */
  id: string;
  /** Its working directory. */
  cwd: string;
  /** When it was made: RFC 3339, UTC. */
  createdAt: string;
  /** False once its Python process has died. */
  active: boolean;
  /** The language, `python`. */
  language: string;
}

/** How {@link CodeInterpreter.createContext} should make the context. */
export interface CreateContextOptions {
  /** Working directory; it must exist. Default: the toolbox's own. */
  cwd?: string;
  /** Default, and the only one so far: `python`. */
  language?: string;
}

/**
 * How to run code.
 *
 * Handlers are called one at a time, in the order of the output, each awaited before the next; all have finished when `runCode`
 * settles. What a handler throws interrupts the execution, and `runCode` rejects with that same value.
 */
export interface RunCodeOptions {
  /** The context to run in. Default: the context that every run without this option shares. */
  context?: InterpreterContext | string;
  /** Called with each piece of standard output. */
  onStdout?: (message: OutputMessage) => void | Promise<void>;
  /** Called with each piece of standard error. */
  onStderr?: (message: OutputMessage) => void | Promise<void>;
  /** Called with a Python exception; it is in the result too. */
  onError?: (error: ExecutionError) => void | Promise<void>;
  /**
   * Answers Python's `input()`, where the toolbox can ask; null is the end of the file.
   *
   * ```ts
   * import { connect } from "codecell";
   *
   * const interpreter = await connect({ toolboxUrl: "http://127.0.0.1:2280" });
   * await interpreter.runCode("print('Hello', input('Name? '))", { onInput: (text) => prompt(text) });
   * ```
   */
  onInput?: (prompt: string) => string | null | Promise<string | null>;
  /** Environment variables for this execution only. */
  envs?: Record<string, string>;
  /** Whole **seconds** from the execution's own start, not from its queueing. Default: 600. 0: no limit. */
  timeout?: number;
  /**
   * Stops the execution; `runCode` then rejects with the signal's own reason.
   *
   * The local toolbox interrupts Python and keeps its variables. A toolbox that can't is left after 500 ms: there the code may
   * still be running.
   */
  signal?: AbortSignal;
  /** False: keep no text for the result; handlers get it all the same. Default: true. */
  capture?: boolean;
}

/**
 * Runs Python in one toolbox. Made by {@link connect}.
 *
 * Executions in one context wait for each other; executions in different contexts run side by side.
 */
export class CodeInterpreter {
  private constructor();
  /**
   * Runs code to its end.
   *
   * A Python exception is a result (`result.error`), not a rejection. Rejects with {@link DaytonaTimeoutError} after the timeout,
   * {@link DaytonaConnectionError} when the connection or Python was lost, {@link DaytonaNotFoundError} for an unknown context,
   * {@link DaytonaValidationError} before anything is sent when an argument is wrong. Output up to then is in the error's `result`.
   *
   * ```ts
   * import { connect } from "codecell";
   *
   * const interpreter = await connect({ toolboxUrl: "http://127.0.0.1:2280" });
   * const result = await interpreter.runCode("print(1 / n)", {
   *   envs: { LANG: "C" },
   *   timeout: 10,
   *   onStdout: ({ output }) => console.log(output),
   * });
   * if (result.error) console.error(result.error.traceback);
   * ```
   */
  runCode(code: string, options?: RunCodeOptions): Promise<ExecutionResult>;
  /**
   * Runs code and gives its output piece by piece. The execution starts at once.
   *
   * ```ts
   * import { connect } from "codecell";
   *
   * const interpreter = await connect({ toolboxUrl: "http://127.0.0.1:2280" });
   * const execution = interpreter.streamCode("for i in range(3): print(i)");
   * for await (const event of execution) {
   *   if (event.type === "stdout") console.log(event.output);
   * }
   * const { status } = await execution.result;
   * ```
   */
  streamCode(code: string, options?: RunCodeOptions): Execution;
  /** Makes an isolated context. A string is its working directory. */
  createContext(options?: string | CreateContextOptions): Promise<InterpreterContext>;
  /** The contexts that were created; the default one is not among them. */
  listContexts(): Promise<InterpreterContext[]>;
  /** Ends a context and everything that runs in it. */
  deleteContext(context: InterpreterContext | string): Promise<void>;
  /** Closes every socket; executions under way reject with {@link DaytonaConnectionError}, `code` `CLOSED`. */
  close(): void;
  /** The same as {@link close}. */
  free(): void;
  /** The same as {@link close}, for `using`. */
  [Symbol.dispose](): void;
}

/** One piece of an execution's output, from {@link CodeInterpreter.streamCode}. */
export type ExecutionEvent =
  | { type: "stdout"; output: string }
  | { type: "stderr"; output: string }
  | ({ type: "error" } & ExecutionError);

/**
 * An execution under way: its output, once, in order. Leaving a `for await` loop early interrupts it.
 *
 * The loop throws what {@link Execution.result} rejects with.
 */
export class Execution implements AsyncIterable<ExecutionEvent> {
  private constructor();
  /** How it ended. May be left alone: an error that the loop throws is not reported a second time. */
  readonly result: Promise<ExecutionResult>;
  [Symbol.asyncIterator](): AsyncIterator<ExecutionEvent, undefined>;
}

/** Details of a {@link DaytonaError}. */
export interface DaytonaErrorOptions {
  /** A stable word for programs. */
  code?: string;
  /** What lies beneath. */
  cause?: unknown;
  /** The HTTP status. */
  statusCode?: number;
  /** The WebSocket's close code. */
  closeCode?: number;
  /** The output so far. */
  result?: ExecutionResult;
}

/**
 * The base of every error of this client. Its message says what was tried, what came back and what to do.
 *
 * ```ts
 * import { connect, DaytonaConnectionError } from "codecell";
 *
 * const interpreter = await connect({ toolboxUrl: "http://127.0.0.1:2280" });
 * try {
 *   await interpreter.runCode("import os; os._exit(1)");
 * } catch (error) {
 *   if (error instanceof DaytonaConnectionError && error.code === "WORKER_DIED") console.log(error.result?.stdout);
 * }
 * ```
 */
export class DaytonaError extends Error {
  constructor(message: string, options?: DaytonaErrorOptions);
  /** A stable word for programs, for example `TIMEOUT` or the toolbox's own. */
  readonly code: string;
  /** The HTTP status, where one came back. */
  readonly statusCode?: number;
  /** The WebSocket's close code, where one came. */
  readonly closeCode?: number;
  /** The output so far, of an execution that had started. */
  readonly result?: ExecutionResult;
}
/** The execution outlasted its timeout. `code`: `TIMEOUT`. */
export class DaytonaTimeoutError extends DaytonaError {}
/**
 * No connection, or it was lost, or what was at its other end.
 *
 * `code`: `CONNECT_FAILED` (nothing was run), `CONNECTION_LOST` (the code may have run), `WORKER_DIED` (variables are lost),
 * `CONTEXT_DELETED`, `NOT_RUN` (the toolbox dropped the execution from its queue), `CLOSED` (this interpreter was closed).
 */
export class DaytonaConnectionError extends DaytonaError {}
/** Unknown context, or nothing at that URL. `code`: `NOT_FOUND`. */
export class DaytonaNotFoundError extends DaytonaError {}
/** The credentials are missing or wrong. `code`: `UNAUTHORIZED`. */
export class DaytonaAuthenticationError extends DaytonaError {}
/** The credentials are not enough. `code`: `FORBIDDEN`. */
export class DaytonaAuthorizationError extends DaytonaError {}
/** An argument is wrong. `code`: `INVALID_ARGUMENT` when nothing was sent, otherwise the toolbox's own word. */
export class DaytonaValidationError extends DaytonaError {}
/** What was asked contradicts the state of the toolbox. `code`: `CONFLICT`. */
export class DaytonaConflictError extends DaytonaError {}
/** Too many requests, or the toolbox is at one of its limits. `code`: `RATE_LIMITED`. */
export class DaytonaRateLimitError extends DaytonaError {}
