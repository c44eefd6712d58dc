// Python's errors and where they come from; what a context's names stand for.

import type { Execution, ExecutionResult, InterpreterContext, RequestOptions, RunCodeOptions } from "./types.js";

/** A Python error. */
export interface ExecutionError {
  /** The exception's class name, such as `ZeroDivisionError`. */
  name: string;
  /** The exception's message. */
  value: string;
  /** The traceback, as Python prints it. */
  traceback: string;
  /**
   * Where the error was raised, the innermost frame last; for a `SyntaxError`, its place is the last frame. Of a deep recursion, the first 20 and the last 80. From
   * a stock Daytona toolbox: what can be read in the traceback, without columns.
   */
  frames: StackFrame[];
  /** The error that led to this one. Needs codecell-server. */
  cause?: LinkedError;
  /** The errors of an `ExceptionGroup`. Needs codecell-server. */
  errors?: LinkedError[];
}

/** An error that led to another one, or belongs to a group. */
export type LinkedError = Omit<ExecutionError, "traceback">;

/** A frame of a traceback: what was executed there. Fields that Python does not know are absent. */
export interface StackFrame {
  /** The file, as the traceback shows it: {@link RunCodeOptions.name}, `<stdin>`, or a path. */
  file: string;
  /** The line, from 1. */
  line: number;
  /** The last line, from 1. */
  endLine?: number;
  /** Where it begins in its line: from 0, in UTF-16 units, as strings of JavaScript and editors count. Needs Python 3.11, but for a `SyntaxError`. */
  column?: number;
  /** Where it ends in its last line. */
  endColumn?: number;
  /** The function's name, or `<module>`; empty for the place of a `SyntaxError`. */
  function: string;
  /** The text of the line. */
  source?: string;
  /** The {@link Execution.id} of the run whose code it is. From a stock Daytona toolbox, where runs have none: what all frames of one run have in common. */
  cell?: string;
}

/** Options of a question about a context's names. */
export interface InsightOptions extends RequestOptions {
  /** The context, or its id. Default: the default context. */
  context?: InterpreterContext | string | undefined;
}

/** What may stand at a place in code. */
export interface Completions {
  /** Where the part begins that an item replaces, in UTF-16 units, as everywhere in JavaScript. */
  from: number;
  /** Where it ends. */
  to: number;
  /** The best first; at most 200. */
  items: CompletionItem[];
}

/** One thing that may stand there. */
export interface CompletionItem {
  /** What is inserted. */
  label: string;
  /** What it is, in the words of CodeMirror: `text` is a word of the code. */
  type: "class" | "function" | "namespace" | "variable" | "property" | "keyword" | "text" | "file" | "folder";
  /** The parameters of a call, or the type of a value. */
  detail?: string;
  /** The first line of its documentation. */
  info?: string;
}

/** What stands at a place in code, or is called there. */
export interface Inspection {
  /** Where its name begins, in UTF-16 units. */
  from: number;
  /** Where its name ends. */
  to: number;
  /** Its name. */
  name: string;
  /** What it is. */
  kind: "class" | "function" | "module" | "variable";
  /** The name of its class. */
  type: string;
  /** A call of it, such as `greet(name, loud=False)`. */
  signature?: string;
  /** Its documentation. */
  docstring?: string;
  /** The lines that define it. */
  source?: string;
  /** Signature and documentation, or a short text of the value, by MIME type. */
  data: InspectionData;
}

/** Signature and documentation, or a short text of a value. */
export interface InspectionData {
  /** As plain text. */
  "text/plain": string;
  /** As Markdown: treat it as what code has written, and sanitize it. */
  "text/markdown": string;
}

/** A variable of a context. */
export interface Variable {
  /** Its name. */
  name: string;
  /** What it is. */
  kind: "class" | "function" | "module" | "variable";
  /** The name of its class. */
  type: string;
  /** A short text: what Python shows for its own types, and a description for others. No code of theirs runs for it. */
  repr: string;
  /** How many items it has; of a table or an array, how many rows. */
  length?: number;
  /** Of an array of NumPy or PyTorch, or a table of pandas or Polars. */
  shape?: number[];
  /** The type of its items. */
  dtype?: string;
}

/** The variables of a context, in the order in which they were first set. */
export interface VariableList extends Array<Variable> {
  /** True if there are more. */
  truncated?: true;
}

/**
 * What an interpreter can say of the names in a context. A stock Daytona toolbox answers through the client's agent, while no code runs in the context; during a run, and
 * without the agent, it rejects with the code `UNSUPPORTED`.
 */
export interface Insight {
  /**
   * What may stand at an offset of code: names of the context, attributes, modules, arguments of a call, files in a string. It is answered also while code
   * runs, and runs none itself. Without an offset it is about the end of the code.
   *
   * ```ts
   * import { connect } from "codecell";
   *
   * const interpreter = await connect({ toolboxUrl: "http://127.0.0.1:2280", token: "…" });
   * await interpreter.runCode("import math");
   * const { from, items } = await interpreter.complete("math.sq");
   * console.log(from, items[0]?.label); // 5 "sqrt"
   * ```
   */
  complete(code: string, offset?: number, options?: InsightOptions): Promise<Completions>;
  /** What stands at an offset of code, or is called there: signature, documentation, source. Null if nothing that is known stands there. */
  inspect(code: string, offset?: number, options?: InsightOptions): Promise<Inspection | null>;
  /**
   * The variables of a context, without names that begin with `_`: at most 500.
   */
  variables(options?: InsightOptions): Promise<VariableList>;
  /**
   * Ends a context's process, with what runs and waits in it: that rejects with the code `WORKER_DIED`. The context keeps its id and directory, and its next run gets a
   * fresh process; {@link ExecutionResult.restarted} says so. Without a context it is the default one.
   */
  restart(context?: InterpreterContext | string, options?: RequestOptions): Promise<void>;
}
