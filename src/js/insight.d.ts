// Python's errors, and where they come from.

import type { Execution, RunCodeOptions } from "./types.js";

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
  /** The {@link Execution.id} of the run whose code it is. */
  cell?: string;
}
