import { DaytonaError, type CodeInterpreter, type ExecutionError } from "codecell";
import { endingOf, endingOfFailure, Stopped, type Ending } from "./ending";
import type { Settings } from "./settings.svelte";
import { texts } from "./texts";
import type { Failure, Source } from "./traceback";
import { takeTurn } from "./turns";

export interface AskOptions {
  /** `getpass()` asks: what is typed must not be shown. */
  password: boolean;
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal;
}

/** What a run writes to. The terminal implements it; a test passes in a fake. */
export interface Screen {
  /** How many characters fit in a line, and how many lines: programs that print tables or progress bars ask. */
  readonly size: { columns: number; rows: number };
  begin(title: string): Promise<void>;
  /** Settles when there is room for more: the run waits, and Python with it. */
  write(text: string, stream: "stdout" | "stderr"): void | Promise<void>;
  error(error: ExecutionError, source: Source): Promise<void>;
  end(ending: Ending): Promise<void>;
  ask(prompt: string, options: AskOptions): Promise<string | null>;
}

export interface RunRequest {
  code: string;
  title: string;
  source: Source;
}

export const DEFAULT_CONTEXT = "default";

/** `waiting`: another tab of this browser runs code in the same context. `asking`: Python waits for a person's answer. */
export type Activity = "idle" | "waiting" | "running" | "asking";

/** One context as the page shows it: what it is doing, its queue, and its own screen. */
export class Context {
  readonly id: string;
  readonly name: string;
  readonly cwd: string;
  active = $state(true);
  activity = $state.raw<Activity>("idle");
  /** When the current run was sent, by `performance.now()`. */
  startedAt = $state<number>();
  queue = $state.raw<RunRequest[]>([]);
  lastError = $state.raw<Failure>();
  lastEnding = $state.raw<Ending>();

  readonly #screen: Promise<Screen>;
  #screenLoaded: (screen: Screen) => void = () => undefined;
  #stop: AbortController | undefined;

  constructor(id: string, name: string, cwd: string) {
    this.id = id;
    this.name = name;
    this.cwd = cwd;
    this.#screen = new Promise((resolve) => (this.#screenLoaded = resolve));
  }

  /** A run that starts before its screen has loaded waits for it. */
  set screen(screen: Screen) {
    this.#screenLoaded(screen);
  }

  get busy(): boolean {
    return this.activity !== "idle";
  }

  /** Runs now, or after what already runs here: a context runs one thing at a time. `turn` names the context among all tabs of the browser. */
  async run(interpreter: CodeInterpreter, settings: Settings, request: RunRequest, turn: string = this.id): Promise<void> {
    if (this.busy) {
      this.queue = [...this.queue, request];
      return;
    }
    await this.#runOne(interpreter, settings, request, turn);
    const [next, ...rest] = this.queue;
    this.queue = rest;
    if (next) await this.run(interpreter, settings, next, turn);
  }

  /** Interrupts the current run and drops the queue. Python keeps its variables. */
  stop(): void {
    this.queue = [];
    this.#stop?.abort(new Stopped(texts.stop));
  }

  async #runOne(interpreter: CodeInterpreter, settings: Settings, request: RunRequest, turn: string): Promise<void> {
    const stop = new AbortController();
    const { signal } = stop;
    this.#stop = stop;
    this.activity = "running";
    this.startedAt = performance.now();
    this.lastError = undefined;
    let release: (() => void) | undefined;
    try {
      const screen = await this.#screen;
      await screen.begin(request.title);
      let ending: Ending;
      try {
        release = await takeTurn(turn, signal, () => (this.activity = "waiting"));
        this.activity = "running";
        this.startedAt = performance.now();
        ending = await this.#execute(interpreter, settings, request, screen, signal);
      } catch (failure) {
        ending = endingOfFailure(failure, this.#seconds(), this.id === DEFAULT_CONTEXT);
        this.active = !hasEndedPython(failure);
        if (failure instanceof Stopped && failure.variablesLost) this.#takeNote(interpreter);
      }
      this.lastEnding = ending;
      await screen.end(ending);
    } catch (failure) {
      // The screen itself failed. There is nowhere to show that; the context must be free again all the same.
      console.error(failure);
    } finally {
      release?.();
      this.#stop = undefined;
      this.startedAt = undefined;
      this.activity = "idle";
    }
  }

  async #execute(interpreter: CodeInterpreter, settings: Settings, request: RunRequest, screen: Screen, signal: AbortSignal): Promise<Ending> {
    signal.throwIfAborted();
    const result = await interpreter.runCode(request.code, {
      ...(this.id === DEFAULT_CONTEXT ? {} : { context: this.id }),
      onStdout: ({ output }) => screen.write(output, "stdout"),
      onStderr: ({ output }) => screen.write(output, "stderr"),
      onError: async (error) => {
        this.lastError = { error, source: request.source };
        await screen.error(error, request.source);
      },
      onInput: async (prompt, { password }) => {
        this.activity = "asking";
        const answer = await screen.ask(prompt, { password, signal });
        if (this.activity === "asking") this.activity = "running";
        return answer;
      },
      envs: settings.envsForRun,
      timeout: settings.timeout,
      signal,
      terminal: { ...screen.size, color: true },
      capture: false,
    });
    this.active = true;
    return endingOf(result, this.#seconds());
  }

  /** The next run in a new process begins with a note that the variables are gone. Stop has said that: a run of nothing takes the note. */
  #takeNote(interpreter: CodeInterpreter): void {
    const context = this.id === DEFAULT_CONTEXT ? {} : { context: this.id };
    interpreter.runCode("pass", { ...context, capture: false }).catch(() => undefined);
  }

  #seconds(): number {
    return (performance.now() - (this.startedAt ?? performance.now())) / 1000;
  }
}

/** True where the ending says that the variables are gone. */
function hasEndedPython(failure: unknown): boolean {
  if (failure instanceof Stopped) return failure.variablesLost === true;
  if (!(failure instanceof DaytonaError)) return false;
  return failure.code === "WORKER_DIED" || (failure.code === "TIMEOUT" && failure.variablesLost === true);
}
