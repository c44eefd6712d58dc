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

import type { DaytonaConnectionError, DaytonaError, DaytonaTimeoutError, DaytonaValidationError } from "./errors.js";
import type { AgentOptions, ToolboxInfo } from "./capabilities.js";
import type { ExecutionError, Insight } from "./insight.js";
import type { WasmSource, WebSocketConstructor } from "./runtime.js";
import type { ResultEvent, ResultOptions, RichResult } from "./results.js";
import type { CreateContextOptions, RequestOptions, ToolboxRequest } from "./request.js";
import type { FilesOptions, WrittenFiles } from "./written.js";

/** Where the toolbox is, and what lets the client in. */
export interface ConnectOptions extends AgentOptions {
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
  WebSocket?: WebSocketConstructor | undefined;
  /**
   * Keeps a connection while nothing runs, so that the next run takes one round trip instead of three. For a Daytona toolbox that is a socket
   * which is opened ahead, and closed after 30 idle seconds. Default: true in browsers and workers; false in Node, Deno and Bun, where an open
   * socket would keep the process from ending.
   */
  spareSocket?: boolean | undefined;
  /**
   * For how many seconds the client tries to come back when the connection to codecell-server breaks; 0 for never. Until then runs go on at the toolbox, and
   * nothing is lost; after that they reject with the code `CONNECTION_LOST`. Default: 60. A run on a Daytona toolbox ends with its connection.
   */
  reconnect?: number | undefined;
  /**
   * Called when the connection to codecell-server is made, breaks, or is given up. Never called for a Daytona toolbox.
   *
   * ```ts
   * import { connect } from "codecell";
   *
   * const interpreter = await connect({
   *   toolboxUrl: "http://127.0.0.1:2280",
   *   token: "…",
   *   onConnection: (state) => console.log(state), // "connected"
   * });
   * ```
   */
  onConnection?: ((state: "connected" | "reconnecting" | "lost") => void) | undefined;
  /**
   * How many bytes of output codecell-server may send ahead of a run's handlers, from 1024. Once so much waits for them, Python waits in `print`. Default: what
   * the toolbox says, 1 MiB.
   */
  window?: number | undefined;
  /**
   * How many seconds the toolbox may take to open a connection or to answer a request; 0 for no limit. After that the
   * call rejects with the code `CONNECT_FAILED`. Default: 30.
   */
  connectTimeout?: number | undefined;
}

/** How to run a piece of code. */
export interface RunCodeOptions extends ResultOptions, FilesOptions {
  /** The context to run in, or its id. Default: the default context, which always exists. */
  context?: InterpreterContext | string | undefined;
  /** Called with each piece of standard output, as it arrives. A returned promise is awaited before the next call. */
  onStdout?: ((message: OutputMessage) => void | Promise<void>) | undefined;
  /** Called with each piece of standard error, as it arrives. A returned promise is awaited before the next call. */
  onStderr?: ((message: OutputMessage) => void | Promise<void>) | undefined;
  /** Called with the Python error, if the code ends with one. */
  onError?: ((error: ExecutionError) => void | Promise<void>) | undefined;
  /**
   * Answers Python's `input()`: gets the prompt and returns the line, or null for the end of the input. Without it,
   * `input()` raises EOFError. For `getpass()`, `details.password` is true: do not show what is
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
   * toolbox takes whole seconds only. Default: 600. Handlers have no limit: a run settles once they have finished, also after its time.
   */
  timeout?: number | undefined;
  /**
   * Stops the run: Python gets a KeyboardInterrupt and keeps its variables. Handlers hear what it still prints, but those that are more than 64 pieces
   * of output behind after 300 ms hear no more: the rest is in the result. Then the promise rejects with the
   * signal's reason. If that is an error, as it is by default, it gets the output so far as `result`, and `variablesLost` where Python had to be killed.
   * A stock Daytona toolbox without the {@link ConnectOptions.agent} can't interrupt: after 500 ms the promise
   * rejects all the same, but the code may still be running there.
   */
  signal?: AbortSignal | undefined;
  /** Whether Python shows rich results: `onResult`, `ExecutionResult.results` and `streamCode` get them. Default: true if there is an `onResult`. */
  results?: boolean | undefined;
  /** False: output is only given to the handlers, and not collected for the result. Default: true. */
  capture?: boolean | undefined;
  /**
   * True: codecell-server keeps the run's output from the first byte (the last 64 MiB) until 10 minutes after its end. A page that was
   * reloaded finds it with {@link CodeInterpreter.executions} and listens with {@link CodeInterpreter.attach}. While nobody listens, the run goes on for a minute
   * (`--reconnect-limit`); then it is interrupted. False: it is interrupted as soon as its page is reloaded or closed. Default: false.
   */
  keep?: boolean | undefined;
  /**
   * The code's file name in tracebacks, warnings and `inspect`, such as `main.py`: at most 255 bytes. Runs may share a name; then it stands for the newest. A stock
   * Daytona toolbox without the agent ignores it. Default: Python's names for code without a file, `<stdin>` for the newest run and `<stdin 3>` for older ones.
   */
  name?: string | undefined;
}

/** How to listen to a run that there is already. */
export interface AttachOptions extends Pick<RunCodeOptions, "onStdout" | "onStderr" | "onResult" | "onError" | "onInput" | "signal" | "capture"> {
  /** The number of the last event that is not wanted any more. Default: 0, everything that the toolbox has. */
  after?: number | undefined;
}

/** A run at the toolbox, as {@link CodeInterpreter.executions} lists it. */
export interface ExecutionInfo {
  /** What {@link CodeInterpreter.attach} takes. */
  id: string;
  /** The context that it runs in. */
  contextId: string;
  /** When it was asked for: RFC 3339, UTC. */
  createdAt: string;
  /** When it started, or null while it waits for its turn. */
  startedAt: string | null;
  /** Where it stands. */
  status: "queued" | "running" | "ended";
  /** Whether its output is kept; false as well once the toolbox had no disk space for it. */
  kept: boolean;
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

/** What a run left. */
export interface ExecutionResult extends WrittenFiles {
  /** Everything written to standard output; empty with `capture: false`. */
  stdout: string;
  /** Everything written to standard error; empty with `capture: false`. */
  stderr: string;
  /** The rich results, in order; empty with `capture: false`, absent if none were asked for. */
  results?: RichResult[];
  /** The Python error, if the code ended with one. */
  error?: ExecutionError;
  /**
   * How the run ended. `abandoned`: the run was stopped or left, and the toolbox has not confirmed that it ended. It may go on, and the next
   * run in its context then waits for it. A stock Daytona toolbox without the agent never confirms it.
   */
  status: "completed" | "error" | "interrupted" | "abandoned";
  /**
   * True if the context had lost its Python process since the last run: this run got a new one, without the old variables. Absent
   * otherwise, and from a stock Daytona toolbox without the agent.
   */
  restarted?: boolean;
  /** How many bytes of output the toolbox had dropped before {@link CodeInterpreter.attach}; absent if none, which is nearly always. */
  missingBytes?: number;
}

/** One event of {@link CodeInterpreter.streamCode}. */
export type ExecutionEvent = OutputEvent | ResultEvent | PythonErrorEvent;

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
  /**
   * The result, once the execution has ended; rejects as `runCode` does. Whoever iterates has to take all events, or leave the loop: until then Python waits once
   * the window is full.
   */
  readonly result: Promise<ExecutionResult>;
  /** What {@link CodeInterpreter.attach} takes: there at the latest with the first event. Undefined before, and on a stock Daytona toolbox. */
  readonly id: string | undefined;
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
   * Empty code is a program that does nothing. A Python error is a result, with `status: "error"`. Every other ending is a rejection:
   * {@link DaytonaTimeoutError}, {@link DaytonaConnectionError} and so on, with the output so far in `result`.
   * If a handler throws, the code is interrupted, and the promise rejects with what was thrown.
   *
   * A context runs one piece of code at a time. Runs reach codecell-server in the order of the calls, over one connection, however many they are. On a stock Daytona toolbox
   * each has a socket of its own, at most 100 at once: await one run before the next if the order matters. If the connection to codecell-server breaks, the client comes
   * back and goes on; see {@link ConnectOptions.reconnect}. If a handler's promise never settles, the one of `runCode` does not settle either, even after an abort;
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
   * Listens to a run that there is already, from its first event: after a reload, for example. It is taken away from whoever listened before. Needs
   * codecell-server; rejects with the code `NOT_FOUND` if there is no such run.
   *
   * ```ts
   * import { connect } from "codecell";
   *
   * const interpreter = await connect({ toolboxUrl: "http://127.0.0.1:2280", token: "…" });
   * for (const { id, kept } of await interpreter.executions()) {
   *   if (!kept) continue;
   *   for await (const event of interpreter.attach(id)) console.log(event);
   * }
   * ```
   */
  attach(id: string, options?: AttachOptions): Execution;
  /** Lists the runs that wait, run or are kept. Needs codecell-server. */
  executions(options?: RequestOptions): Promise<ExecutionInfo[]>;
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
  /**
   * Sends an HTTP request to the toolbox: for all that it offers and this client has no method for. The request goes to the toolbox's URL, with its token and headers,
   * through the `fetch` that {@link connect} was given. A status other than 2xx rejects as other methods do; `cause` has the answer, if it was JSON. `close()` and the signal end the body too.
   *
   * ```ts
   * import { connect } from "codecell";
   *
   * const interpreter = await connect({ toolboxUrl: "http://127.0.0.1:2280", token: "…" });
   * const { version } = await (await interpreter.request("/version")).json();
   * await interpreter.request("/files/folder?path=data&mode=0755", { method: "POST" });
   * ```
   */
  request(path: string, init?: ToolboxRequest): Promise<Response>;
  /** Ends every run and request with the code `CLOSED`, and closes every socket. */
  close(): void;
  /** The same as {@link CodeInterpreter.close}, for `using`. */
  [Symbol.dispose](): void;
}

export interface CodeInterpreter extends Insight, ToolboxInfo {}

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

export * from "./errors.js";
export type * from "./capabilities.js";
export type * from "./insight.js";
export type * from "./results.js";
export type * from "./request.js";
export type * from "./runtime.js";
export type * from "./written.js";
