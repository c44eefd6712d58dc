import type { CodeInterpreter, ExecutionError } from "codecell";
import { endingOf, endingOfFailure, Stopped, type Ending } from "./ending";
import type { Settings } from "./settings.svelte";
import { texts } from "./texts";
import type { Failure, Source } from "./traceback";

/** What a run writes to. The terminal implements it; a test hands in a fake. */
export interface Screen {
  begin(title: string): Promise<void>;
  /** Settles when there is room for more: the run waits, and Python with it. */
  write(text: string, stream: "stdout" | "stderr"): void | Promise<void>;
  error(error: ExecutionError, source: Source): Promise<void>;
  end(ending: Ending): Promise<void>;
  ask(prompt: string, signal: AbortSignal): Promise<string | null>;
}

export interface RunRequest {
  code: string;
  title: string;
  source: Source;
}

export const DEFAULT_CONTEXT = "default";

/** One context as the page shows it: what it is doing, what waits in it, and the screen of its own. */
export class Context {
  readonly id: string;
  readonly name: string;
  readonly cwd: string;
  active = $state(true);
  /** When the current run began, by `performance.now()`; `undefined` while idle. */
  runningSince = $state<number>();
  queue = $state.raw<RunRequest[]>([]);
  lastError = $state.raw<Failure>();
  lastEnding = $state.raw<Ending>();
  screen: Screen | undefined;

  #stop: AbortController | undefined;

  constructor(id: string, name: string, cwd: string) {
    this.id = id;
    this.name = name;
    this.cwd = cwd;
  }

  get busy(): boolean {
    return this.runningSince !== undefined;
  }

  /** Runs now, or after what already runs here: a context runs one thing at a time. */
  async run(interpreter: CodeInterpreter, settings: Settings, request: RunRequest): Promise<void> {
    if (this.busy) {
      this.queue = [...this.queue, request];
      return;
    }
    await this.#runOne(interpreter, settings, request);
    const [next, ...rest] = this.queue;
    this.queue = rest;
    if (next) await this.run(interpreter, settings, next);
  }

  /** Interrupts what runs and drops what waits. Python keeps its variables. */
  stop(): void {
    this.queue = [];
    this.#stop?.abort(new Stopped(texts.stop));
  }

  async #runOne(interpreter: CodeInterpreter, settings: Settings, request: RunRequest): Promise<void> {
    const screen = this.screen;
    if (!screen) return;
    const stop = new AbortController();
    const began = performance.now();
    this.#stop = stop;
    this.runningSince = began;
    this.lastError = undefined;
    await screen.begin(request.title);
    const seconds = (): number => (performance.now() - began) / 1000;
    try {
      const result = await interpreter.runCode(request.code, {
        ...(this.id === DEFAULT_CONTEXT ? {} : { context: this.id }),
        onStdout: ({ output }) => screen.write(output, "stdout"),
        onStderr: ({ output }) => screen.write(output, "stderr"),
        onError: (error) => this.#failed(screen, error, request.source),
        onInput: (prompt) => screen.ask(prompt, stop.signal),
        envs: settings.envsForRun,
        timeout: settings.timeout,
        signal: stop.signal,
        capture: false,
      });
      this.active = true;
      await this.#ended(screen, endingOf(result, seconds()));
    } catch (failure) {
      const ending = endingOfFailure(failure, seconds());
      this.active = isAlive(failure);
      await this.#ended(screen, ending);
    } finally {
      this.#stop = undefined;
      this.runningSince = undefined;
    }
  }

  async #failed(screen: Screen, error: ExecutionError, source: Source): Promise<void> {
    this.lastError = { error, source };
    await screen.error(error, source);
  }

  async #ended(screen: Screen, ending: Ending): Promise<void> {
    this.lastEnding = ending;
    await screen.end(ending);
  }
}

function isAlive(failure: unknown): boolean {
  return !(failure instanceof Error && "code" in failure && failure.code === "WORKER_DIED");
}
