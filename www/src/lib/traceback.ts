import type { ExecutionError } from "codecell";

/** A frame of a traceback that lies in a cell: code that some run sent. */
export interface Frame {
  /** The cell's number: the local toolbox calls the newest cell `<stdin>`, and older ones `<stdin 3>`. */
  cell: number | undefined;
  line: number;
  /** Where the frame's `File "…", line …` is in its line of text, for a link. */
  start: number;
  length: number;
}

/** A run's code and where it came from, so that a traceback's line leads back to the file. */
export interface Source {
  fileId: string;
  /** Lines of the file before the code that ran: more than 0 when a selection ran. */
  lineOffset: number;
}

export interface Failure {
  error: ExecutionError;
  source: Source;
}

const FRAME = /File "<(?:stdin|cell)(?: (\d+))?>", line (\d+)/;

/** The frame in one line of a traceback, if it is in a cell. Files of libraries have paths; what `exec` compiled has other names. */
export function frameIn(line: string): Frame | undefined {
  const match = FRAME.exec(line);
  if (!match?.[2]) return undefined;
  return { cell: match[1] ? Number(match[1]) : undefined, line: Number(match[2]), start: match.index, length: match[0].length };
}

/**
 * The cell that failed: the newest in its traceback. An older one defined a function that it called; which file that came from is
 * not known here.
 */
export function failedCell(traceback: string): number | undefined {
  const cells = traceback.split("\n").flatMap((line) => frameIn(line) ?? []).map((frame) => frame.cell ?? Infinity);
  const newest = Math.max(...cells);
  return Number.isFinite(newest) ? newest : undefined;
}

/** The file's lines that a failure names, innermost last; each once. */
export function linesIn({ error, source }: Failure): number[] {
  const cell = failedCell(error.traceback);
  const lines = error.traceback.split("\n").flatMap((line) => {
    const frame = frameIn(line);
    return frame && frame.cell === cell ? [frame.line + source.lineOffset] : [];
  });
  return lines.filter((line, at) => lines.lastIndexOf(line) === at);
}
