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

/** Where the toolbox is, and how to be let in. */
export interface ConnectOptions {
  /**
   * The toolbox's absolute URL, such as `http://127.0.0.1:2280` or `https://proxy.example/toolbox/<sandbox id>`.
   * A function is asked once, on first use, and again after it has failed.
   */
  toolboxUrl: string | URL | (() => string | URL | Promise<string | URL>);
  /** A preview token. A function is asked for each request, so that tokens can rotate. */
  token?: string | (() => string | Promise<string>);
  /**
   * A Daytona API key, sent as a Bearer token. It gives access to the whole account: never let it reach a web page.
   * Where there is a `document` it is refused, unless {@link ConnectOptions.dangerouslyAllowBrowser} says otherwise.
   */
  apiKey?: string;
  /** Allows an `apiKey` in a page that nobody else can open. Default: false. */
  dangerouslyAllowBrowser?: boolean;
  /** Headers for each HTTP request; outside browsers for the WebSocket as well. */
  headers?: Record<string, string>;
  /** Used in place of the global `fetch`. */
  fetch?: typeof fetch;
  /** Used in place of the global `WebSocket`; in Node 20, which has none, the one of the package `ws`. */
  WebSocket?: new (url: string, options?: any) => unknown;
  /**
   * Opens a socket ahead after each execution, so that the next one takes one round trip instead of three. It is
   * closed after 30 idle seconds. Default: true in browsers and workers; false in Node, Deno and Bun, where an open
   * socket would keep the process from ending.
   */
  spareSocket?: boolean;
}

/** How to run a piece of code. */
export interface RunCodeOptions {
  /** The context to run in, or its id. Default: the default context, which is always there. */
  context?: InterpreterContext | string;
  /** Called with each piece of standard output, as it comes. A returned promise is awaited before the next call. */
  onStdout?: (message: OutputMessage) => void | Promise<void>;
  /** Called with each piece of standard error, as it comes. A returned promise is awaited before the next call. */
  onStderr?: (message: OutputMessage) => void | Promise<void>;
  /** Called with the Python error, if the code ends with one. */
  onError?: (error: ExecutionError) => void | Promise<void>;
  /**
   * Answers Python's `input()`: gets the prompt, gives the line, or null for the end of the input. Without it, and on
   * a stock Daytona toolbox, `input()` can't be answered. For `getpass()`, `details.password` is true: do not show what
   * is typed. Unlike the other handlers it is not waited for: a person may
   * never answer, and the execution can end meanwhile.
   */
  onInput?: (prompt: string, details: InputDetails) => string | null | Promise<string | null>;
  /** Environment variables for this execution only. */
  envs?: Record<string, string>;
  /** Whole seconds from the execution's start; 0 for none. Default: 600. */
  timeout?: number;
  /**
   * Stops the execution: Python gets a KeyboardInterrupt and keeps its variables; the promise rejects with the
   * signal's reason. A stock Daytona toolbox knows no interrupt: after 500 ms the socket is closed and the promise
   * rejects all the same, but there the code may still be running.
   */
  signal?: AbortSignal;
  /** False: do not keep the output for the result, only give it to the handlers. Default: true. */
  capture?: boolean;
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

/** What an execution left. */
export interface ExecutionResult {
  /** Everything written to standard output; empty with `capture: false`. */
  stdout: string;
  /** Everything written to standard error; empty with `capture: false`. */
  stderr: string;
  /** The Python error, if the code ended with one. */
  error?: ExecutionError;
  /** How it ended. */
  status: "completed" | "error" | "interrupted";
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
   * A Python error is a result, with `status: "error"`. Every other ending than success is a rejection:
   * {@link DaytonaTimeoutError}, {@link DaytonaConnectionError} and so on, with the output so far in `result`.
   * What a handler throws interrupts the execution, and is what the promise rejects with.
   *
   * A context runs one execution at a time, in the order in which they reach it: await one before the next where the
   * order matters. A handler whose promise never settles keeps `runCode`'s from settling too, even after an abort; the
   * execution is interrupted and its socket closed all the same.
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
  createContext(options?: string | { cwd?: string; language?: string }): Promise<InterpreterContext>;
  /** Lists the contexts that were created, never the default one. */
  listContexts(): Promise<InterpreterContext[]>;
  /** Deletes a context; what runs in it rejects with the code `CONTEXT_DELETED`. */
  deleteContext(context: InterpreterContext | string): Promise<void>;
  /** Ends every running execution and request with the code `CLOSED`, and closes every socket. */
  close(): void;
  /** The same as {@link CodeInterpreter.close}, for `using`. */
  [Symbol.dispose](): void;
}

/**
 * Makes an interpreter. It loads the WebAssembly once, checks the options and sends nothing: the first call connects.
 *
 * @throws {@link DaytonaValidationError} for a wrong option; {@link DaytonaError} with the code `LOAD_FAILED` if the
 * WebAssembly can't be loaded, after which the next `connect` tries again.
 */
export function connect(options: ConnectOptions): Promise<CodeInterpreter>;

/** A source of the client's WebAssembly: the module, its bytes, a response, or its URL. */
export type WasmSource = WebAssembly.Module | BufferSource | Response | string | URL;

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

/** The base of every error of this package. */
export class DaytonaError extends Error {
  constructor(message: string, details?: ErrorDetails);
  /** A stable word, such as `TIMEOUT`, `WORKER_DIED` or `INVALID_ARGUMENT`. */
  readonly code: string;
  /** The HTTP status, where one came back. */
  readonly statusCode?: number;
  /** The WebSocket close code, where one came back. */
  readonly closeCode?: number;
  /** The output so far, where the code had been sent. */
  readonly result?: ExecutionResult;
}

/** What is known of an error beside its message. */
export interface ErrorDetails {
  /** The stable word. Default: `FAILED`. */
  code?: string;
  /** What led to it. */
  cause?: unknown;
  /** The HTTP status that came back. */
  statusCode?: number;
  /** The WebSocket close code that came back. */
  closeCode?: number;
  /** The output so far. */
  result?: ExecutionResult;
}

/** The execution outlasted its timeout; code `TIMEOUT`. */
export class DaytonaTimeoutError extends DaytonaError {}
/**
 * The execution's ending was not its own. Codes: `CONNECT_FAILED` (no connection), `CONNECTION_LOST` (it broke),
 * `WORKER_DIED` (Python crashed or was killed), `CONTEXT_DELETED`, `NOT_RUN` (the toolbox threw it away unrun),
 * `CLOSED` (`close()` was called).
 */
export class DaytonaConnectionError extends DaytonaError {}
/** No such context, sandbox or path; code `NOT_FOUND`. */
export class DaytonaNotFoundError extends DaytonaError {}
/** Credentials are missing or wrong; code `UNAUTHORIZED`. */
export class DaytonaAuthenticationError extends DaytonaError {}
/** The credentials, or the page's origin, do not allow this; code `FORBIDDEN`. */
export class DaytonaAuthorizationError extends DaytonaError {}
/** A wrong argument (`INVALID_ARGUMENT`; nothing was sent), or a request that the toolbox refused (`INVALID_REQUEST`). */
export class DaytonaValidationError extends DaytonaError {}
/** The request conflicts with what is there; code `CONFLICT`. */
export class DaytonaConflictError extends DaytonaError {}
/** The toolbox is at a limit; code `RATE_LIMITED`. */
export class DaytonaRateLimitError extends DaytonaError {}
