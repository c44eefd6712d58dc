/**
 * Python, run from a web page: a client for a sandbox's toolbox.
 *
 * ```ts
 * import { connect } from "codecell";
 *
 * const interpreter = await connect({ toolboxUrl: "http://127.0.0.1:2280", token: "…" });
 * const { stdout } = await interpreter.runCode("print(6 * 7)");
 * console.log(stdout); // "42\n"
 * ```
 *
 * @packageDocumentation
 */

/** Where the toolbox is, and what lets the client in. */
export interface ConnectOptions {
  /**
   * The toolbox's absolute URL, such as `http://127.0.0.1:2280` or `https://proxy.example/toolbox/<sandbox id>`.
   * A function is called on first use, and again if it has failed.
   */
  toolboxUrl: string | URL | (() => string | URL | Promise<string | URL>);
  /**
   * A preview token. A function is called on first use, and again when the toolbox has refused its token (HTTP status
   * 401): the request is then sent once more.
   */
  token?: string | (() => string | Promise<string>) | undefined;
  /**
   * A Daytona API key, sent as a Bearer token. It gives access to the whole account: never let it reach a web page.
   * Where there is a `document` it is refused, unless {@link ConnectOptions.dangerouslyAllowBrowser} says otherwise.
   */
  apiKey?: string | undefined;
  /** Allows an `apiKey` in a page that nobody else can open. Default: false. */
  dangerouslyAllowBrowser?: boolean | undefined;
  /** Headers for each HTTP request. Outside browsers they are sent for the WebSocket too; a browser's can't send any. */
  headers?: Record<string, string> | undefined;
  /** Used in place of the global `fetch`. */
  fetch?: typeof fetch | undefined;
  /** Used in place of the global `WebSocket`; in Node 20, which has none, use the one of the package `ws`. */
  WebSocket?: (new (url: string, options?: any) => unknown) | undefined;
  /**
   * Opens a socket ahead after each run, so that the next one takes one round trip instead of three. It is
   * closed after 30 idle seconds. Default: true in browsers and workers; false in Node, Deno and Bun, where an open
   * socket would keep the process from ending.
   */
  spareSocket?: boolean | undefined;
  /**
   * How many seconds the toolbox may take to open a connection or to answer a request; 0 for no limit. After that the
   * call rejects with the code `CONNECT_FAILED`. Default: 30.
   */
  connectTimeout?: number | undefined;
}

/** Options of every call that waits for the toolbox. */
export interface RequestOptions {
  /** Ends the request; the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** How to create a context. */
export interface CreateContextOptions extends RequestOptions {
  /** The working directory. */
  cwd?: string | undefined;
  /** The language: `python` is the only one. */
  language?: string | undefined;
}

/** How to run a piece of code. */
export interface RunCodeOptions {
  /** The context to run in, or its id. Default: the default context, which always exists. */
  context?: InterpreterContext | string | undefined;
  /** Called with each piece of standard output, as it arrives. A returned promise is awaited before the next call. */
  onStdout?: ((message: OutputMessage) => void | Promise<void>) | undefined;
  /** Called with each piece of standard error, as it arrives. A returned promise is awaited before the next call. */
  onStderr?: ((message: OutputMessage) => void | Promise<void>) | undefined;
  /** Called with the Python error, if the code ends with one. */
  onError?: ((error: ExecutionError) => void | Promise<void>) | undefined;
  /**
   * Answers Python's `input()`: gets the prompt and returns the line, or null for the end of the input. Without it, and
   * on a stock Daytona toolbox, `input()` raises EOFError. For `getpass()`, `details.password` is true: do not show what is
   * typed. Unlike the other handlers it does not hold up the run: a person
   * may never answer, and the run can end meanwhile.
   */
  onInput?: ((prompt: string, details: InputDetails) => string | null | Promise<string | null>) | undefined;
  /** Environment variables for this run only. */
  envs?: Record<string, string> | undefined;
  /**
   * What shows the output, for programs that fit it to a terminal: the run gets `COLUMNS`, `LINES` and the variables that turn
   * colors on or off. A Daytona toolbox ignores it.
   */
  terminal?: Terminal | undefined;
  /**
   * How many seconds the code may run, counted from its start: not milliseconds. At most 86,400; 0 for no limit. A Daytona
   * toolbox takes whole seconds only. Default: 600.
   */
  timeout?: number | undefined;
  /**
   * Stops the run: Python gets a KeyboardInterrupt and keeps its variables; the promise rejects with the
   * signal's reason. A stock Daytona toolbox can't interrupt: after 500 ms the socket is closed and the promise
   * rejects all the same, but the code may still be running there.
   */
  signal?: AbortSignal | undefined;
  /** False: output is only given to the handlers, and not collected for the result. Default: true. */
  capture?: boolean | undefined;
}

/** What shows the output of a run. */
export interface Terminal {
  /** How many characters fit in a line. */
  columns?: number | undefined;
  /** How many lines fit. */
  rows?: number | undefined;
  /** Whether it shows colors that come as ANSI escape sequences. Unset: programs decide, and most print none. */
  color?: boolean | undefined;
}

/** More about what Python asks for. */
export interface InputDetails {
  /** True if Python asks for a password with `getpass()`. */
  password: boolean;
}

/** A piece of output: usually many lines, not always whole ones. */
export interface OutputMessage {
  /** The text, as Python wrote it. */
  output: string;
}

/** A Python error. */
export interface ExecutionError {
  /** The exception's class name, such as `ZeroDivisionError`. */
  name: string;
  /** The exception's message. */
  value: string;
  /** The traceback, as Python prints it. */
  traceback: string;
}

/** What a run left. */
export interface ExecutionResult {
  /** Everything written to standard output; empty with `capture: false`. */
  stdout: string;
  /** Everything written to standard error; empty with `capture: false`. */
  stderr: string;
  /** The Python error, if the code ended with one. */
  error?: ExecutionError;
  /** How the run ended. */
  status: "completed" | "error" | "interrupted";
  /**
   * True if the context had lost its Python process since the last run: this run got a new one, without the old variables. Absent
   * otherwise, and from a stock Daytona toolbox.
   */
  restarted?: boolean;
}

/** One event of {@link CodeInterpreter.streamCode}. */
export type ExecutionEvent = OutputEvent | PythonErrorEvent;

/** A piece of what the code prints. */
export interface OutputEvent extends OutputMessage {
  /** Which of Python's two streams it was written to. */
  type: "stdout" | "stderr";
}

/** The Python error, if the code ends with one. */
export interface PythonErrorEvent extends ExecutionError {
  /** Tells it from output. */
  type: "error";
}

/**
 * A running execution: an async iterable of what it prints. Leaving the loop early interrupts it.
 *
 * ```ts
 * import { connect } from "codecell";
 *
 * const interpreter = await connect({ toolboxUrl: "http://127.0.0.1:2280", token: "…" });
 * const execution = interpreter.streamCode("for i in range(3): print(i)");
 * for await (const event of execution) {
 *   if (event.type === "stdout") console.log(event.output);
 * }
 * console.log((await execution.result).status); // "completed"
 * ```
 */
export interface Execution extends AsyncIterableIterator<ExecutionEvent> {
  /** The result, once the execution has ended; rejects as `runCode` does. */
  readonly result: Promise<ExecutionResult>;
}

/** An isolated context: a Python process with variables of its own. A plain object. */
export interface InterpreterContext {
  /** A UUID. */
  id: string;
  /** The working directory. */
  cwd: string;
  /** RFC 3339, UTC. */
  createdAt: string;
  /** False once its Python process has died. */
  active: boolean;
  /** Always `python`. */
  language: string;
}

/** Runs code in a toolbox. Made by {@link connect}. */
export class CodeInterpreter {
  private constructor();
  /**
   * Runs Python code, and resolves once it has ended and every handler is done.
   *
   * A Python error is a result, with `status: "error"`. Every other ending is a rejection:
   * {@link DaytonaTimeoutError}, {@link DaytonaConnectionError} and so on, with the output so far in `result`.
   * If a handler throws, the code is interrupted, and the promise rejects with what was thrown.
   *
   * A context runs one piece of code at a time, in the order of arrival: await one run before the next if the
   * order matters. If a handler's promise never settles, the one of `runCode` does not settle either, even after an abort;
   * the code is interrupted and its socket closed all the same.
   *
   * The methods are bound: `const { runCode } = interpreter` works.
   *
   * ```ts
   * import { connect } from "codecell";
   *
   * const interpreter = await connect({ toolboxUrl: "http://127.0.0.1:2280", token: "…" });
   * const result = await interpreter.runCode("print('hello'); 1 / 0", {
   *   onStdout: ({ output }) => console.log(output),
   *   timeout: 10,
   * });
   * console.log(result.error?.name); // "ZeroDivisionError"
   * ```
   */
  runCode(code: string, options?: RunCodeOptions): Promise<ExecutionResult>;
  /** Runs Python code as an async iterable; see {@link Execution}. */
  streamCode(code: string, options?: RunCodeOptions): Execution;
  /**
   * Creates an isolated context, in a working directory if one is given.
   *
   * ```ts
   * import { connect } from "codecell";
   *
   * const interpreter = await connect({ toolboxUrl: "http://127.0.0.1:2280", token: "…" });
   * const context = await interpreter.createContext();
   * await interpreter.runCode("x = 100", { context });
   * console.log((await interpreter.runCode("print(x)", { context })).stdout); // "100\n"
   * await interpreter.deleteContext(context);
   * ```
   */
  createContext(options?: string | CreateContextOptions): Promise<InterpreterContext>;
  /** Lists the contexts that were created; the default context is not among them. */
  listContexts(options?: RequestOptions): Promise<InterpreterContext[]>;
  /** Deletes a context; what runs in it rejects with the code `CONTEXT_DELETED`. */
  deleteContext(context: InterpreterContext | string, options?: RequestOptions): Promise<void>;
  /** Ends every run and request with the code `CLOSED`, and closes every socket. */
  close(): void;
  /** The same as {@link CodeInterpreter.close}, for `using`. */
  [Symbol.dispose](): void;
}

declare global {
  // For projects whose `lib` has no `esnext.disposable`.
  interface SymbolConstructor {
    readonly dispose: unique symbol;
  }
}

/**
 * Makes an interpreter. It loads the WebAssembly once and checks the options. It sends nothing: the first call connects.
 *
 * @throws {@link DaytonaValidationError} for a wrong option; {@link DaytonaError} with the code `LOAD_FAILED` if the
 * WebAssembly can't be loaded, after which the next `connect` tries again.
 */
export function connect(options: ConnectOptions): Promise<CodeInterpreter>;

/** A `WebAssembly.Module`, where the project's `lib` or types have one. */
export type WasmModule = typeof globalThis extends { WebAssembly: { Module: new (...bytes: any) => infer Module } } ? Module : object;

/** A source of the client's WebAssembly: the module, its bytes, a response, or its URL. */
export type WasmSource = WasmModule | ArrayBuffer | ArrayBufferView | Response | string | URL;

/**
 * Gives the client its WebAssembly, in place of the entry point's own. Nothing is loaded before the next `connect`.
 * Only `codecell/slim` needs it.
 */
export function initialize(source: WasmSource | Promise<WasmSource>): void;

/** Which sandbox, for {@link daytonaSandbox}. */
export interface DaytonaSandboxOptions {
  /** The sandbox's id. */
  sandboxId: string;
  /** A Daytona API key: for a backend, never for a web page, where it is refused. */
  apiKey: string;
  /** Allows the `apiKey` in a page that nobody else can open. Default: false. */
  dangerouslyAllowBrowser?: boolean;
  /** The control plane's URL. Default: `https://app.daytona.io/api`. */
  apiUrl?: string;
  /** Used in place of the global `fetch`. */
  fetch?: typeof fetch;
}

/**
 * Options for {@link connect} to a Daytona sandbox: asks the control plane for the toolbox's URL and a preview token,
 * on first use.
 *
 * ```ts
 * import { connect, daytonaSandbox } from "codecell";
 *
 * const interpreter = await connect(daytonaSandbox({ sandboxId: "…", apiKey: "…" }));
 * ```
 */
export function daytonaSandbox(options: DaytonaSandboxOptions): ConnectOptions;

/**
 * The stable words of an error's `code`. The guide "What each ending means" has a table of what each means and what to do.
 */
export type ErrorCode =
  | "CLOSED"
  | "CONFLICT"
  | "CONNECTION_LOST"
  | "CONNECT_FAILED"
  | "CONTEXT_DELETED"
  | "FAILED"
  | "FORBIDDEN"
  | "INVALID_ARGUMENT"
  | "INVALID_REQUEST"
  | "LOAD_FAILED"
  | "NOT_A_TOOLBOX"
  | "NOT_FOUND"
  | "NOT_RUN"
  | "RATE_LIMITED"
  | "SERVER_ERROR"
  | "TIMEOUT"
  | "UNAUTHORIZED"
  | "UNEXPECTED_RESPONSE"
  | "WORKER_DIED";

/** The base of every error of this package. */
export class DaytonaError extends Error {
  constructor(message: string, details?: ErrorDetails);
  /** A stable word, such as `TIMEOUT`, `WORKER_DIED` or `INVALID_ARGUMENT`. */
  readonly code: ErrorCode;
  /** The HTTP status, if there was one. */
  readonly statusCode?: number;
  /** The WebSocket close code, if there was one. */
  readonly closeCode?: number;
  /**
   * True if the context has certainly lost its variables: its process ended, or was killed because it did not react to a timeout or
   * an interrupt; or the context is gone.
   */
  readonly variablesLost?: boolean;
  /** The output so far, unless the code has certainly not run. */
  readonly result?: ExecutionResult;
}

/** What is known of an error besides its message. */
export interface ErrorDetails {
  /** The stable word. Default: `FAILED`. */
  code?: ErrorCode | undefined;
  /** What led to it. */
  cause?: unknown;
  /** The HTTP status. */
  statusCode?: number | undefined;
  /** The WebSocket close code. */
  closeCode?: number | undefined;
  /** Whether the context has lost its variables. */
  variablesLost?: boolean | undefined;
  /** The output so far. */
  result?: ExecutionResult | undefined;
}

/** The code ran longer than its timeout; code `TIMEOUT`. */
export class DaytonaTimeoutError extends DaytonaError {}
/**
 * The run was ended from outside. Codes: `CONNECT_FAILED` (no connection), `CONNECTION_LOST` (the connection broke, or the
 * toolbox fell silent), `WORKER_DIED` (Python crashed or was killed), `CONTEXT_DELETED`, `NOT_RUN` (the toolbox closed
 * before it ran the code), `CLOSED` (`close()` was called).
 */
export class DaytonaConnectionError extends DaytonaError {}
/** There is no such context or sandbox (`NOT_FOUND`), or no toolbox at this URL (`NOT_A_TOOLBOX`). */
export class DaytonaNotFoundError extends DaytonaError {}
/** The token or API key is missing or wrong; code `UNAUTHORIZED`. */
export class DaytonaAuthenticationError extends DaytonaError {}
/** The token, or the page's origin, does not allow this; code `FORBIDDEN`. */
export class DaytonaAuthorizationError extends DaytonaError {}
/** A wrong argument (`INVALID_ARGUMENT`; nothing was sent), or a request that the toolbox refused (`INVALID_REQUEST`). */
export class DaytonaValidationError extends DaytonaError {}
/** The request conflicts with something that exists; code `CONFLICT`. */
export class DaytonaConflictError extends DaytonaError {}
/** The toolbox is at a limit; code `RATE_LIMITED`. */
export class DaytonaRateLimitError extends DaytonaError {}
