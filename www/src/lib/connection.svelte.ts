import { connect, DaytonaAuthenticationError, DaytonaAuthorizationError, DaytonaError, DaytonaNotFoundError, type Capabilities, type CodeInterpreter, type InterpreterContext } from "codecell";
import { readHealth, type Health } from "./isolation";
import { forget, isRecord, load, save } from "./storage";

/** Something that a toolbox may lack. */
export type Capability = Exclude<keyof Capabilities, "toolbox">;

export type ConnectionState = "connecting" | "ready" | "unreachable" | "noToken" | "unauthorized" | "notToolbox" | "blocked" | "failed";

const CHECK_EVERY_MS = 5_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 5_000;
/** Output that the toolbox may send ahead of the terminal. Stop ends a run only behind all of it. */
const WINDOW_BYTES = 64 * 1024;

/** The toolbox that the page talks to: checks it regularly, says what is wrong, and notices when it is back. */
export class Connection {
  state = $state<ConnectionState>("connecting");
  /** The client's message about the last failure. */
  message = $state("");
  toolboxUrl = $state("");
  remembered = $state(false);
  interpreter = $state.raw<CodeInterpreter>();
  /** What the toolbox can do; undefined until it has said that. */
  capabilities = $state.raw<Capabilities>();
  token = "";

  #timer: ReturnType<typeof setTimeout> | undefined;
  #retryMs = FIRST_RETRY_MS;
  #checking: Promise<void> | undefined;
  /** Changes with the address or the token: what was under way for the old ones no longer counts. */
  #generation = 0;
  readonly #runs = new Map<CodeInterpreter, number>();
  readonly #onContexts: (contexts: InterpreterContext[]) => void;

  constructor(onContexts: (contexts: InterpreterContext[]) => void) {
    this.#onContexts = onContexts;
    const stored = readStored(load("connection")) ?? readStored(load("connection", sessionStorage));
    this.remembered = load("connection") !== null;
    this.toolboxUrl = stored?.toolboxUrl ?? location.origin;
    this.token = stored?.token ?? "";
  }

  /** Whether the toolbox is that of a Daytona sandbox. Until it has answered, its address says so: Daytona's proxy has toolboxes below `/toolbox/`. */
  get isDaytona(): boolean {
    return this.capabilities ? this.capabilities.toolbox === "daytona" : /\/toolbox\//.test(this.toolboxUrl);
  }

  /** False where the toolbox is known not to have something. */
  offers(what: Capability): boolean {
    return this.capabilities?.[what] !== false;
  }

  /** Takes the token that the local toolbox printed in its address, for this tab alone. False if the page has it already. */
  takeToken(token: string): boolean {
    if (this.toolboxUrl === location.origin && this.token === token) return false;
    this.toolboxUrl = location.origin;
    this.token = token;
    save("connection", { toolboxUrl: this.toolboxUrl, token }, sessionStorage);
    return true;
  }

  async use(toolboxUrl: string, token: string, remember: boolean): Promise<void> {
    this.toolboxUrl = toolboxUrl;
    this.token = token;
    this.remembered = remember;
    forget("connection");
    save("connection", { toolboxUrl, token }, remember ? localStorage : sessionStorage);
    await this.open();
  }

  /** Connects anew. Code that runs over the old connection goes on to its end. */
  async open(): Promise<void> {
    this.#generation += 1;
    this.#checking = undefined;
    const old = this.interpreter;
    this.interpreter = undefined;
    this.capabilities = undefined;
    if (old) this.#closeUnused(old);
    this.state = "connecting";
    this.#retryMs = FIRST_RETRY_MS;
    await this.check();
  }

  /** Keeps an interpreter open until the run that uses it has ended. */
  async during(interpreter: CodeInterpreter, run: Promise<void>): Promise<void> {
    this.#runs.set(interpreter, (this.#runs.get(interpreter) ?? 0) + 1);
    try {
      await run;
    } finally {
      this.#runs.set(interpreter, (this.#runs.get(interpreter) ?? 1) - 1);
      // The first run in a sandbox shows whether it has a place for the files that Stop and input() need.
      this.#learn(interpreter);
      this.#closeUnused(interpreter);
    }
  }

  /** Lists the contexts: the cheapest request that needs the address, the token and CORS to be right. One check at a time. */
  check(): Promise<void> {
    const generation = this.#generation;
    this.#checking ??= this.#check(generation).finally(() => {
      if (generation === this.#generation) this.#checking = undefined;
    });
    return this.#checking;
  }

  /** What the toolbox reports about itself without a token, as our own does; `undefined` where there is no such report. */
  async health(): Promise<Health | undefined> {
    if (this.isDaytona) return undefined;
    try {
      const response = await fetch(new URL("health", withSlash(this.toolboxUrl)));
      return response.ok ? readHealth(await response.json()) : undefined;
    } catch {
      return undefined;
    }
  }

  async #check(generation: number): Promise<void> {
    clearTimeout(this.#timer);
    const { toolboxUrl, token } = this;
    const isOutdated = (): boolean => generation !== this.#generation;
    try {
      const interpreter = this.interpreter ?? (await connect({ toolboxUrl, token, window: WINDOW_BYTES }));
      if (isOutdated()) return interpreter.close();
      this.interpreter = interpreter;
      const contexts = await interpreter.listContexts();
      if (isOutdated()) return;
      this.state = "ready";
      this.message = "";
      this.#retryMs = FIRST_RETRY_MS;
      if (!this.capabilities) void interpreter.ready().then(() => this.#learn(interpreter), () => undefined);
      this.#onContexts(contexts);
    } catch (failure) {
      const state = await stateAfter(failure, toolboxUrl, token);
      if (isOutdated()) return;
      this.message = failure instanceof Error ? failure.message : String(failure);
      this.state = state;
    }
    const waitMs = this.state === "ready" ? CHECK_EVERY_MS : this.#retryMs;
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
    this.#timer = setTimeout(() => void this.check(), waitMs);
  }

  #learn(interpreter: CodeInterpreter): void {
    if (interpreter === this.interpreter) this.capabilities = interpreter.capabilities;
  }

  #closeUnused(interpreter: CodeInterpreter): void {
    if (interpreter === this.interpreter || (this.#runs.get(interpreter) ?? 0) > 0) return;
    this.#runs.delete(interpreter);
    interpreter.close();
  }
}

async function stateAfter(failure: unknown, toolboxUrl: string, token: string): Promise<ConnectionState> {
  // What the local toolbox says to a page of an origin that it does not know.
  if (failure instanceof DaytonaAuthorizationError && failure.message.includes(`--allow-origin ${location.origin}`)) return "blocked";
  if (failure instanceof DaytonaAuthenticationError || failure instanceof DaytonaAuthorizationError) return token === "" ? "noToken" : "unauthorized";
  if (failure instanceof DaytonaNotFoundError) return "notToolbox";
  // The page could read the answer, so the server accepts its origin.
  if (failure instanceof DaytonaError && failure.statusCode !== undefined) return "failed";
  return (await answersAtAll(toolboxUrl)) ? "blocked" : "unreachable";
}

/** A browser does not tell an unreachable server from one that refuses this page. A request whose answer nobody may read does. */
async function answersAtAll(toolboxUrl: string): Promise<boolean> {
  if (new URL(toolboxUrl).origin === location.origin) return false;
  try {
    await fetch(new URL("health", withSlash(toolboxUrl)), { mode: "no-cors", credentials: "omit", cache: "no-store" });
    return true;
  } catch {
    return false;
  }
}

function withSlash(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}

function readStored(stored: unknown): { toolboxUrl: string; token: string } | undefined {
  if (!isRecord(stored)) return undefined;
  const { toolboxUrl, token } = stored;
  return typeof toolboxUrl === "string" && URL.canParse(toolboxUrl) && typeof token === "string" ? { toolboxUrl, token } : undefined;
}
