import type { ExecutionError } from "codecell";

/** A place in the user's own code that a traceback names. */
export interface Frame {
  line: number;
  /** Where the frame's `File "…", line …` stands in its line of text, for a link. */
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

const FRAME = /File "(<[^"]+>)", line (\d+)/;

/** The frame in one line of a traceback, if it is in the user's code; library files have paths, not `<…>` names. */
export function frameIn(line: string): Frame | undefined {
  const match = FRAME.exec(line);
  if (!match?.[2] || match[1]?.startsWith("<frozen ")) return undefined;
  return { line: Number(match[2]), start: match.index, length: match[0].length };
}

/** The file's lines that a failure names, innermost last; each once. */
export function linesIn({ error, source }: Failure): number[] {
  const lines = error.traceback.split("\n").flatMap((line) => {
    const frame = frameIn(line);
    return frame ? [frame.line + source.lineOffset] : [];
  });
  return lines.filter((line, at) => lines.lastIndexOf(line) === at);
}
