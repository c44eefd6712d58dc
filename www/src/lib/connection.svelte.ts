import { connect, DaytonaAuthenticationError, DaytonaAuthorizationError, DaytonaNotFoundError, type CodeInterpreter, type InterpreterContext } from "codecell";
import { readHealth, type Health } from "./isolation";
import { forget, isRecord, load, save } from "./storage";

export type ConnectionState = "connecting" | "ready" | "away" | "unauthorized" | "missing" | "blocked" | "failed";

const CHECK_EVERY_MS = 5_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 5_000;

/** The toolbox that the page talks to: asks after it regularly, says what is wrong, and notices when it is back. */
export class Connection {
  state = $state<ConnectionState>("connecting");
  /** What the client said about the last failure. */
  message = $state("");
  toolboxUrl = $state("");
  remembered = $state(false);
  interpreter = $state.raw<CodeInterpreter>();
  token = "";

  #timer: ReturnType<typeof setTimeout> | undefined;
  #retry = FIRST_RETRY_MS;
  #listed: (contexts: InterpreterContext[]) => void;

  constructor(listed: (contexts: InterpreterContext[]) => void) {
    this.#listed = listed;
    const kept = readKept(load("connection")) ?? readKept(load("connection", sessionStorage));
    this.remembered = load("connection") !== null;
    this.toolboxUrl = kept?.toolboxUrl ?? location.origin;
    this.token = kept?.token ?? "";
  }

  /** Takes the token that the local toolbox printed in its address, for this tab alone. */
  takeToken(token: string): void {
    this.toolboxUrl = location.origin;
    this.token = token;
    save("connection", { toolboxUrl: this.toolboxUrl, token }, sessionStorage);
  }

  async use(toolboxUrl: string, token: string, remember: boolean): Promise<void> {
    this.toolboxUrl = toolboxUrl;
    this.token = token;
    this.remembered = remember;
    forget("connection");
    save("connection", { toolboxUrl, token }, remember ? localStorage : sessionStorage);
    await this.open();
  }

  async open(): Promise<void> {
    clearTimeout(this.#timer);
    this.interpreter?.close();
    this.interpreter = undefined;
    this.state = "connecting";
    this.#retry = FIRST_RETRY_MS;
    await this.check();
  }

  /** Asks for the contexts: the cheapest question that needs the address, the token and CORS to be right. */
  async check(): Promise<void> {
    clearTimeout(this.#timer);
    const { toolboxUrl, token } = this;
    try {
      this.interpreter ??= await connect({ toolboxUrl, token });
      const contexts = await this.interpreter.listContexts();
      if (toolboxUrl !== this.toolboxUrl || token !== this.token) return;
      this.state = "ready";
      this.message = "";
      this.#retry = FIRST_RETRY_MS;
      this.#listed(contexts);
    } catch (failure) {
      if (toolboxUrl !== this.toolboxUrl || token !== this.token) return;
      this.message = failure instanceof Error ? failure.message : String(failure);
      this.state = await stateAfter(failure, toolboxUrl);
    }
    const wait = this.state === "ready" ? CHECK_EVERY_MS : this.#retry;
    this.#retry = Math.min(this.#retry * 2, LAST_RETRY_MS);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.check(), wait);
  }

  /** What the toolbox says of itself without a token, as our own does; `undefined` where there is no such report. */
  async health(): Promise<Health | undefined> {
    try {
      const response = await fetch(new URL("health", withSlash(this.toolboxUrl)));
      return response.ok ? readHealth(await response.json()) : undefined;
    } catch {
      return undefined;
    }
  }
}

async function stateAfter(failure: unknown, toolboxUrl: string): Promise<ConnectionState> {
  if (failure instanceof DaytonaAuthenticationError || failure instanceof DaytonaAuthorizationError) return "unauthorized";
  if (failure instanceof DaytonaNotFoundError) return "missing";
  return (await answersAtAll(toolboxUrl)) ? "blocked" : "away";
}

/** A browser does not tell a server that is away from one that refuses this page. A request whose answer nobody may read does. */
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

function readKept(kept: unknown): { toolboxUrl: string; token: string } | undefined {
  if (!isRecord(kept)) return undefined;
  const { toolboxUrl, token } = kept;
  return typeof toolboxUrl === "string" && URL.canParse(toolboxUrl) && typeof token === "string" ? { toolboxUrl, token } : undefined;
}
