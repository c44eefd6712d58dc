import { DaytonaConnectionError, DaytonaError, DaytonaTimeoutError, type ExecutionResult } from "codecell";
import { texts } from "./texts";

/** How a run ended, in words, with the tone that colours them. */
export interface Ending {
  tone: "good" | "bad" | "neutral";
  words: string;
  /** More to say than the one line: what to do, what came back. */
  detail?: string;
}

/** The reason that Stop gives to the run's signal; `runCode` rejects with this same object. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

export function endingOf(result: ExecutionResult, seconds: number): Ending {
  const time = texts.duration(seconds);
  if (result.status === "interrupted") return { tone: "neutral", words: texts.ending.stopped(time) };
  if (result.error) return { tone: "bad", words: texts.ending.error(result.error.name, time) };
  return { tone: "good", words: texts.ending.completed(time) };
}

export function endingOfFailure(failure: unknown, seconds: number): Ending {
  const time = texts.duration(seconds);
  if (failure instanceof Stopped) return { tone: "neutral", words: texts.ending.stopped(time) };
  if (failure instanceof DaytonaTimeoutError) return { tone: "bad", words: texts.ending.timedOut(time) };
  const detail = failure instanceof Error ? failure.message : String(failure);
  if (failure instanceof DaytonaConnectionError) return { tone: "bad", words: connectionWords(failure, time), detail };
  if (failure instanceof DaytonaError) return { tone: "bad", words: texts.ending.notRun, detail };
  return { tone: "bad", words: texts.ending.failed(time), detail };
}

function connectionWords(failure: DaytonaConnectionError, time: string): string {
  switch (failure.code) {
    case "WORKER_DIED":
      return texts.ending.workerDied(time);
    case "CONTEXT_DELETED":
      return texts.ending.contextDeleted(time);
    case "NOT_RUN":
      return texts.ending.notRun;
    case "CONNECT_FAILED":
      return texts.ending.notConnected;
    default:
      // 1001, "going away": the toolbox closed the connection itself, because it was stopped.
      return failure.closeCode === 1001 ? texts.ending.toolboxStopped(time) : texts.ending.connectionLost(time);
  }
}
