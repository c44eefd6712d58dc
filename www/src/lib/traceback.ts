import type { ExecutionError, StackFrame } from "codecell";

/** Where a run's code came from, so that a traceback's line leads back to the file. */
export interface Source {
  fileId: string;
  /** The file's name, which tracebacks show. */
  name: string;
  /** How much indentation all lines had in the file and do not have in the run: more than 0 when an indented selection ran. */
  indent: number;
}

export interface Failure {
  error: ExecutionError;
  source: Source;
}

/** A frame in one line of a traceback. */
export interface FrameText {
  file: string;
  line: number;
  /** Where `File "…", line …` is in its line of text, for a link. */
  start: number;
  length: number;
}

const FRAME = /File "(.+)", line (\d+)/;
// A toolbox that takes no names calls the newest cell `<stdin>`, or numbers them.
const CELL = /^<(?:stdin|cell)(?: (\d+))?>$/;

export function frameIn(text: string): FrameText | undefined {
  const match = FRAME.exec(text);
  if (!match?.[1] || !match[2]) return undefined;
  return { file: match[1], line: Number(match[2]), start: match.index, length: match[0].length };
}

/** The frames that lie in the code of the run that failed. Those of earlier runs have lines of other text. */
export function ownFrames({ frames }: ExecutionError): StackFrame[] {
  const run = frames[0]?.cell;
  if (run !== undefined) return frames.filter((frame) => frame.cell === run);
  const newest = Math.max(...frames.map((frame) => numberOf(frame) ?? 0));
  return frames.filter((frame) => numberOf(frame) === newest);
}

/** The number of a cell without a name; the newest may have none. */
function numberOf({ file }: StackFrame): number | undefined {
  const match = CELL.exec(file);
  return match ? Number(match[1] ?? Infinity) : undefined;
}

/** The file's lines that a failure names, innermost last; each once. */
export function linesIn({ error }: Failure): number[] {
  const lines = ownFrames(error).map((frame) => frame.line);
  return lines.filter((line, at) => lines.lastIndexOf(line) === at);
}

/** What failed: a line of the file, and the part of it that was executed where Python knows that. */
export interface FailedPlace {
  line: number;
  range?: { column: number; endLine: number; endColumn: number };
}

/** The innermost place in the file. */
export function placeIn({ error, source }: Failure): FailedPlace | undefined {
  const frame = ownFrames(error).at(-1);
  if (!frame) return undefined;
  const { line, column, endLine = line, endColumn } = frame;
  if (column === undefined || endColumn === undefined) return { line };
  return { line, range: { column: column + source.indent, endLine, endColumn: endColumn + source.indent } };
}
