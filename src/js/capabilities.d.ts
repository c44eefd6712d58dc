// What a toolbox can do, and what the client adds to a stock Daytona toolbox.

/** The option of `connect` for stock Daytona toolboxes. */
export interface AgentOptions {
  /**
   * Whether the client makes a stock Daytona toolbox exact: with its first run in a context it installs Python code in the context's process, which handles
   * output, errors, `input()`, interrupts and rich results. False: the client runs nothing there but your code, within the limits of such a toolbox. True: a toolbox at any URL is
   * asked what it is before the first run, not only one below `/toolbox/`, where Daytona has them. codecell-server needs no agent. Default: undefined, which uses it
   * from the first run on below `/toolbox/`, and elsewhere once the client knows that the toolbox is a stock one.
   */
  agent?: boolean | undefined;
}

/** What a toolbox can do, so that a page can hide what it can't. */
export interface Capabilities {
  /** codecell-server, or a stock Daytona toolbox. */
  toolbox: "codecell" | "daytona";
  /** Whether a run can be stopped: `signal`, and leaving `for await`. */
  interrupt: boolean;
  /** Whether `onInput` answers `input()`. */
  stdin: boolean;
  /** Whether there are rich results. */
  results: boolean;
  /** Whether a run survives a broken connection; `keep`, `attach` and `executions` too. */
  resume: boolean;
  /** Whether there are files, for `codecell/files`. */
  files: boolean;
  /** Whether there are `complete`, `inspect`, `variables` and `restart`; in a Daytona sandbox, the first three while no code runs in the context. */
  insight: boolean;
}

/** What an interpreter says about its toolbox. */
export interface ToolboxInfo {
  /** What the toolbox can do; undefined until that is known: from the first run, or from `ready()`. */
  readonly capabilities: Capabilities | undefined;
  /**
   * Asks the toolbox what it is, if that is not known.
   *
   * ```ts
   * import { connect } from "codecell";
   *
   * const interpreter = await connect({ toolboxUrl: "http://127.0.0.1:2280", token: "…" });
   * const { interrupt } = await interpreter.ready();
   * console.log(interrupt); // true
   * ```
   */
  ready(): Promise<Capabilities>;
}
