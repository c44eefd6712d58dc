import { DaytonaError, type AttachOptions, type CodeInterpreter, type ExecutionError, type ExecutionResult, type RichResult, type WrittenFile } from "codecell";
import { endingOf, endingOfFailure, Stopped, type Ending } from "./ending";
import { rememberRun, type RunAddress, type ResumableRun } from "./kept-runs";
import type { Settings } from "./settings.svelte";
import { texts } from "./texts";
import type { Failure, Source } from "./traceback";
import { takeTurn, tryTurn } from "./turns";

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
  /** A picture, a table, a value: in its place between the lines. */
  result(result: RichResult): Promise<void>;
  error(error: ExecutionError, source: Source): Promise<void>;
  end(ending: Ending): Promise<void>;
  ask(prompt: string, options: AskOptions): Promise<string | null>;
}

export interface RunRequest {
  code: string;
  title: string;
  source: Source;
}

/** The toolbox that a context is at. */
export interface Toolbox {
  url: string;
  /** Whether its runs go on without their page, and can be found again. */
  keepsRuns: boolean;
}

/** What runs, and what the page calls it. */
type Shown = Pick<RunRequest, "title" | "source">;

const UNKNOWN: Toolbox = { url: "", keepsRuns: false };

export const DEFAULT_CONTEXT = "default";

/** `waiting`: another tab of this browser runs code in the same context. `asking`: Python waits for a person's answer. */
export type Activity = "idle" | "waiting" | "running" | "asking" | "stopping";

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
  /** What the last run wrote. */
  lastFiles = $state.raw<WrittenFile[]>([]);

  readonly #screen: Promise<Screen>;
  #screenLoaded: (screen: Screen) => void = () => undefined;
  #stop: AbortController | undefined;
  /** Whether it is known when the current run ends. */
  #isTimed = true;

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

  /** Runs now, or after what already runs here: a context runs one thing at a time. */
  async run(interpreter: CodeInterpreter, settings: Settings, request: RunRequest, toolbox: Toolbox = UNKNOWN): Promise<void> {
    if (this.busy) {
      this.queue = [...this.queue, request];
      return;
    }
    await this.#show(interpreter, request, (screen, signal) => this.#execute(interpreter, settings, request, toolbox, screen, signal));
    await this.#runNext(interpreter, settings, toolbox);
  }

  /** Goes on with a run that began before the page was loaded, unless another tab shows it. */
  async resume(interpreter: CodeInterpreter, settings: Settings, run: ResumableRun, toolbox: Toolbox): Promise<void> {
    if (this.busy) return;
    this.activity = "running";
    const release = await tryTurn(this.#turn(toolbox));
    if (release) await this.#show(interpreter, run, (screen, signal) => this.#attach(interpreter, run, toolbox, screen, signal));
    else this.activity = "idle";
    release?.();
    await this.#runNext(interpreter, settings, toolbox);
  }

  async #runNext(interpreter: CodeInterpreter, settings: Settings, toolbox: Toolbox): Promise<void> {
    const [next, ...rest] = this.queue;
    this.queue = rest;
    if (next) await this.run(interpreter, settings, next, toolbox);
  }

  /** Interrupts the current run and drops the queue. Python keeps its variables. */
  stop(): void {
    this.queue = [];
    if (!this.#stop) return;
    this.activity = "stopping";
    this.#stop.abort(new Stopped(texts.stop));
  }

  /** Shows a run from its title to its ending. */
  async #show(interpreter: CodeInterpreter, shown: Shown, work: (screen: Screen, signal: AbortSignal) => Promise<ExecutionResult>): Promise<void> {
    const stop = new AbortController();
    const { signal } = stop;
    this.#stop = stop;
    this.activity = "running";
    this.startedAt = performance.now();
    this.#isTimed = true;
    this.lastError = undefined;
    this.lastFiles = [];
    try {
      const screen = await this.#screen;
      await screen.begin(shown.title);
      let ending: Ending;
      try {
        const result = await work(screen, signal);
        this.active = true;
        this.lastFiles = result.files ?? [];
        ending = endingOf(result, this.#seconds());
      } catch (failure) {
        ending = endingOfFailure(failure, this.#seconds(), this.id === DEFAULT_CONTEXT);
        this.active = !hasEndedPython(failure);
        if (failure instanceof Stopped || failure instanceof DaytonaError) this.lastFiles = failure.result?.files ?? [];
        if (failure instanceof Stopped && failure.variablesLost) this.#takeNote(interpreter);
      }
      this.lastEnding = ending;
      await screen.end(ending);
    } catch (failure) {
      // The screen itself failed. There is nowhere to show that; the context must be free again all the same.
      console.error(failure);
    } finally {
      this.#stop = undefined;
      this.startedAt = undefined;
      this.activity = "idle";
    }
  }

  async #execute(
    interpreter: CodeInterpreter,
    settings: Settings,
    request: RunRequest,
    toolbox: Toolbox,
    screen: Screen,
    signal: AbortSignal,
  ): Promise<ExecutionResult> {
    const release = await takeTurn(this.#turn(toolbox), signal, () => (this.activity = "waiting"));
    let forget: (() => void) | undefined;
    try {
      signal.throwIfAborted();
      this.activity = "running";
      this.startedAt = performance.now();
      const { title, source } = request;
      if (toolbox.keepsRuns) forget = rememberRun(interpreter, this.#address(toolbox), { title, source, startedAt: Date.now() });
      return await interpreter.runCode(request.code, {
        ...(this.id === DEFAULT_CONTEXT ? {} : { context: this.id }),
        ...this.#listening(screen, source, signal),
        envs: settings.envsForRun,
        name: nameFor(source.name),
        timeout: settings.timeout,
        terminal: { ...screen.size, color: true },
        keep: toolbox.keepsRuns,
        files: true,
      });
    } finally {
      forget?.();
      release();
    }
  }

  async #attach(interpreter: CodeInterpreter, run: ResumableRun, toolbox: Toolbox, screen: Screen, signal: AbortSignal): Promise<ExecutionResult> {
    this.startedAt = performance.now() - Math.max(0, Date.now() - run.startedAt);
    this.#isTimed = !run.hasEnded;
    const forget = rememberRun(interpreter, this.#address(toolbox), run);
    try {
      return await interpreter.attach(run.id, this.#listening(screen, run.source, signal)).result;
    } finally {
      forget();
    }
  }

  /** How the page listens to a run, whether it started it or found it. */
  #listening(screen: Screen, source: Source, signal: AbortSignal): AttachOptions {
    return {
      onStdout: ({ output }) => screen.write(output, "stdout"),
      onStderr: ({ output }) => screen.write(output, "stderr"),
      onResult: (result) => screen.result(result),
      onError: async (error) => {
        this.lastError = { error, source };
        await screen.error(error, source);
      },
      onInput: async (prompt, { password }) => {
        if (!signal.aborted) this.activity = "asking";
        const answer = await screen.ask(prompt, { password, signal });
        if (this.activity === "asking") this.activity = "running";
        return answer;
      },
      signal,
      capture: false,
    };
  }

  #address({ url }: Toolbox): RunAddress {
    return { toolboxUrl: url, contextId: this.id };
  }

  /** The name of the context's turn among all tabs of the browser. */
  #turn({ url }: Toolbox): string {
    return `codecell ${url} ${this.id}`;
  }

  /** The next run in a new process begins with a note that the variables are gone. Stop has said that: a run of nothing takes the note. */
  #takeNote(interpreter: CodeInterpreter): void {
    const context = this.id === DEFAULT_CONTEXT ? {} : { context: this.id };
    interpreter.runCode("pass", { ...context, capture: false }).catch(() => undefined);
  }

  /** NaN if that is not known: the run ended before the page was loaded. */
  #seconds(): number {
    return this.#isTimed ? (performance.now() - (this.startedAt ?? performance.now())) / 1000 : NaN;
  }
}

/** True where the ending says that the variables are gone. */
function hasEndedPython(failure: unknown): boolean {
  if (failure instanceof Stopped) return failure.variablesLost === true;
  if (!(failure instanceof DaytonaError)) return false;
  return failure.code === "WORKER_DIED" || (failure.code === "TIMEOUT" && failure.variablesLost === true);
}

/** A file's name as `runCode` takes it. */
function nameFor(name: string): string {
  return name.replace(/^<|\p{Cc}/gu, "_").slice(0, 60) || "code.py";
}
