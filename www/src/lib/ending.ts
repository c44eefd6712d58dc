import { DaytonaConnectionError, DaytonaError, DaytonaTimeoutError, type ExecutionResult } from "codecell";
import { texts } from "./texts";

/** How a run ended, in words, with the tone that colours them. */
export interface Ending {
  tone: "good" | "bad" | "neutral";
  words: string;
  /** More than fits in one line: what to do, what came back. */
  detail?: string;
}

/** The reason that Stop gives to the run's signal; `runCode` rejects with this same object. */
export class Stopped extends Error {
  override readonly name = "Stopped";
  /** Set by the client where Python did not react, so that the toolbox had to end its process. */
  variablesLost?: boolean;
  /** Set by the client: what came before the stop. */
  result?: ExecutionResult;
}

export function endingOf(result: ExecutionResult, seconds: number): Ending {
  const time = texts.duration(seconds);
  if (result.status === "interrupted") return { tone: "neutral", words: texts.ending.stopped(time) };
  // The traceback above it has the error's name and message.
  if (result.error) return { tone: "bad", words: texts.ending.error(time) };
  return { tone: "good", words: texts.ending.completed(time) };
}

export function endingOfFailure(failure: unknown, seconds: number, inDefaultContext: boolean): Ending {
  const time = texts.duration(seconds);
  const killed = (failure instanceof Stopped || failure instanceof DaytonaTimeoutError) && failure.variablesLost && { detail: texts.ending.killed };
  if (failure instanceof Stopped) {
    const abandoned = failure.result?.status === "abandoned" && { detail: texts.ending.abandoned };
    return { tone: "neutral", words: texts.ending.stopped(time), ...abandoned, ...killed };
  }
  if (failure instanceof DaytonaTimeoutError) return { tone: "bad", words: texts.ending.timedOut(time), ...killed };
  const detail = failure instanceof Error ? failure.message : String(failure);
  if (failure instanceof DaytonaConnectionError) return connectionEnding(failure, time, inDefaultContext);
  if (failure instanceof DaytonaError) return { tone: "bad", words: texts.ending.notRun, detail };
  return { tone: "bad", words: texts.ending.failed(time), detail };
}

function connectionEnding(failure: DaytonaConnectionError, time: string, inDefaultContext: boolean): Ending {
  const { ending } = texts;
  const bad = (words: string, detail: string): Ending => ({ tone: "bad", words, detail });
  switch (failure.code) {
    case "WORKER_DIED":
      return bad(ending.workerDied(time), failure.message);
    case "CONTEXT_DELETED":
      return bad(ending.contextDeleted(time), inDefaultContext ? ending.contextRestarts : ending.contextGone);
    case "NOT_RUN":
      return bad(ending.notRun, failure.message);
    case "CONNECT_FAILED":
      return bad(ending.notConnected, failure.message);
    default:
      // 1001, "going away": the toolbox closed the connection itself, because it was stopped.
      if (failure.closeCode === 1001) return bad(ending.toolboxStopped(time), inDefaultContext ? ending.startToolbox : ending.startToolboxAndContext);
      return bad(ending.connectionLost(time), failure.message);
  }
}
