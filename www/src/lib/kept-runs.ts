import type { CodeInterpreter, ExecutionInfo } from "codecell";
import { forget, isRecord, keysBelow, load, save } from "./storage";
import type { Source } from "./traceback";

/** Runs shorter than this cost no request of their own. */
const ASK_AFTER_MS = 150;
const KEY = "run ";

/** A run that goes on without its page, as the browser remembers it. */
export interface KeptRun {
  /** The toolbox's id of it. Missing if the page went away before it knew that: then it is the newest of its context. */
  id?: string;
  title: string;
  source: Source;
  /** Milliseconds since 1970. */
  startedAt: number;
}

/** A run that a page can go on with. */
export interface ResumableRun extends KeptRun {
  id: string;
  hasEnded: boolean;
}

/** Where a run is: its toolbox and its context. */
export interface RunAddress {
  toolboxUrl: string;
  contextId: string;
}

/** Remembers a run until the function that it returns is called: that is when its end was shown. */
export function rememberRun(interpreter: CodeInterpreter, address: RunAddress, run: KeptRun): () => void {
  const keep = (id = run.id): void => void save(KEY + address.contextId, { ...run, id, toolboxUrl: address.toolboxUrl });
  const hide = (): void => keep();
  let isOver = false;
  const ask = async (): Promise<void> => {
    const found = newestIn(address.contextId, (await interpreter.executions()).filter(({ status }) => status !== "ended"));
    if (isOver || !found) return;
    removeEventListener("pagehide", hide);
    keep(found.id);
  };
  // A toolbox that does not answer here has said so to the run.
  const timer = run.id === undefined ? setTimeout(() => void ask().catch(() => undefined), ASK_AFTER_MS) : undefined;
  if (run.id === undefined) addEventListener("pagehide", hide);
  else keep();
  return () => {
    isOver = true;
    clearTimeout(timer);
    removeEventListener("pagehide", hide);
    forget(KEY + address.contextId);
  };
}

/** The runs whose end no page has shown, by the ids of their contexts. What the toolbox does not have any more is forgotten. */
export async function runsToResume(interpreter: CodeInterpreter, toolboxUrl: string): Promise<Map<string, ResumableRun>> {
  const found = new Map<string, ResumableRun>();
  const remembered = keysBelow(KEY).flatMap((contextId) => {
    const run = readRun(load(KEY + contextId), toolboxUrl);
    return run ? [{ contextId, run }] : [];
  });
  if (remembered.length === 0) return found;
  const executions = (await interpreter.executions()).filter(({ kept }) => kept);
  for (const { contextId, run } of remembered) {
    const execution = run.id === undefined ? newestIn(contextId, executions) : executions.find(({ id }) => id === run.id);
    if (execution) found.set(contextId, { ...run, id: execution.id, hasEnded: execution.status === "ended" });
    else forget(KEY + contextId);
  }
  return found;
}

function newestIn(contextId: string, executions: ExecutionInfo[]): ExecutionInfo | undefined {
  return executions.filter((each) => each.kept && each.contextId === contextId).sort((a, b) => a.createdAt.localeCompare(b.createdAt)).at(-1);
}

function readRun(stored: unknown, toolboxUrl: string): KeptRun | undefined {
  if (!isRecord(stored) || stored["toolboxUrl"] !== toolboxUrl || !isRecord(stored["source"])) return undefined;
  const { id, title, startedAt } = stored;
  const { fileId, name, indent } = stored["source"];
  if (typeof title !== "string" || typeof startedAt !== "number" || typeof fileId !== "string" || typeof name !== "string" || typeof indent !== "number") return undefined;
  return { ...(typeof id === "string" ? { id } : {}), title, startedAt, source: { fileId, name, indent } };
}
