import type { CodeInterpreter, InterpreterContext } from "codecell";
import { Connection } from "./connection.svelte";
import { Context, DEFAULT_CONTEXT, type RunRequest, type Toolbox } from "./context.svelte";
import { Files } from "./files.svelte";
import { runsToResume } from "./kept-runs";
import { Settings } from "./settings.svelte";
import { decodeCode, readFragment } from "./share";
import { texts } from "./texts";

/** What the open editor offers to the rest of the page. */
export interface EditorHandle {
  /** The whole file. */
  all(): RunRequest | undefined;
  /** The selection, or the statement where the cursor is; then the cursor moves on. */
  part(): RunRequest | undefined;
  /** Shows a file's line, marked as the one that failed. */
  goTo(fileId: string, line: number): void;
  focus(): void;
}

/** The page's one store: the files, the contexts, the connection and the settings, and what the buttons do with them. */
export class Playground {
  readonly files = new Files();
  readonly settings = new Settings();
  readonly connection = new Connection((contexts) => this.#update(contexts));
  contexts = $state<Context[]>([new Context(DEFAULT_CONTEXT, texts.contexts.default, "")]);
  currentId = $state(DEFAULT_CONTEXT);
  /** One sentence for the person, above the editor. */
  notice = $state("");
  /** True while the connection dialog is open. */
  connectOpen = $state(false);
  editor: EditorHandle | undefined;

  #added = 0;
  readonly #toolboxes = new WeakMap<CodeInterpreter, Promise<Toolbox>>();

  get current(): Context {
    const current = this.contexts.find((context) => context.id === this.currentId) ?? this.contexts[0];
    if (!current) throw new Error("the default context is always there");
    return current;
  }

  /** Reads the page's address, then connects. */
  async start(): Promise<void> {
    await this.readAddress();
    await this.connection.open();
  }

  /** The address changed while the page is open: somebody pasted a link here. Code that runs goes on. */
  async addressChanged(): Promise<void> {
    if (await this.readAddress()) await this.connection.open();
  }

  /**
   * Takes what the address's fragment holds, and removes it from the address: a token must not be copied along with it.
   * True if it held a new token.
   */
  async readAddress(): Promise<boolean> {
    const fragment = readFragment(location.hash);
    if (location.hash !== "") history.replaceState(null, "", location.pathname + location.search);
    const isNew = fragment.token !== undefined && this.connection.takeToken(fragment.token);
    if (!fragment.code) return isNew;
    const code = await decodeCode(fragment.code);
    const name = fragment.name ?? texts.share.sharedName;
    if (code !== undefined) this.files.show(name, code);
    this.notice = code === undefined ? texts.share.damaged : texts.share.arrived(name);
    return isNew;
  }

  run(): void {
    void this.#run(this.editor?.all());
  }

  runPart(): void {
    void this.#run(this.editor?.part());
  }

  /** Whether there is something to stop that was not stopped yet, and the toolbox can do that. */
  get canStop(): boolean {
    return this.current.busy && this.current.activity !== "stopping" && this.connection.offers("interrupt");
  }

  stop(): void {
    if (this.canStop) this.current.stop();
  }

  async createContext(cwd: string): Promise<void> {
    const interpreter = this.connection.interpreter;
    if (!interpreter) throw new Error(texts.connection.explain.unreachable());
    const created = await interpreter.createContext(cwd ? { cwd } : {});
    this.#add(created);
    this.currentId = created.id;
  }

  async deleteContext(id: string): Promise<void> {
    await this.connection.interpreter?.deleteContext(id);
    this.#remove(id);
  }

  /** Ends a context's process: its next run gets a fresh one. */
  async restartContext(context: Context): Promise<void> {
    await this.connection.interpreter?.restart(context.id);
    context.active = true;
    context.lastError = undefined;
  }

  async #run(request: RunRequest | undefined): Promise<void> {
    if (!request || request.code.trim() === "") return;
    const context = this.current;
    // Right after the page has opened, the client may still be loading.
    if (!this.connection.interpreter) await this.connection.check();
    const { interpreter } = this.connection;
    if (!interpreter) {
      this.connectOpen = true;
      return;
    }
    const toolbox = await this.#toolbox(interpreter);
    await this.connection.during(interpreter, context.run(interpreter, this.settings, request, toolbox));
    if (this.connection.state !== "ready" || !context.active) void this.connection.check();
  }

  /** Goes on with the runs that a page has left: it was loaded again, or its tab was closed. */
  async #resume(interpreter: CodeInterpreter): Promise<void> {
    const toolbox = await this.#toolbox(interpreter);
    if (!toolbox.keepsRuns) return;
    for (const [id, run] of await runsToResume(interpreter, toolbox.url)) {
      const context = this.contexts.find((each) => each.id === id);
      if (context) void this.connection.during(interpreter, context.resume(interpreter, this.settings, run, toolbox));
    }
  }

  /** What is known of the toolbox behind an interpreter; asked once. */
  #toolbox(interpreter: CodeInterpreter): Promise<Toolbox> {
    const url = this.connection.toolboxUrl;
    const known = this.#toolboxes.get(interpreter) ?? interpreter.ready().then(({ resume }) => ({ url, keepsRuns: resume }), () => ({ url, keepsRuns: false }));
    this.#toolboxes.set(interpreter, known);
    return known;
  }

  /** Shows the contexts that the toolbox has: those that others made appear, those that are gone disappear. */
  #update(listed: InterpreterContext[]): void {
    for (const context of [...listed].sort((a, b) => a.createdAt.localeCompare(b.createdAt))) {
      const known = this.contexts.find((each) => each.id === context.id);
      if (known) known.active = context.active;
      else this.#add(context);
    }
    const ids = new Set(listed.map((context) => context.id));
    for (const { id, busy } of this.contexts) {
      if (id !== DEFAULT_CONTEXT && !ids.has(id) && !busy) this.#remove(id);
    }
    const { interpreter } = this.connection;
    if (interpreter && !this.#toolboxes.has(interpreter)) void this.#resume(interpreter).catch(() => undefined);
  }

  #add({ id, cwd }: InterpreterContext): void {
    if (this.contexts.some((context) => context.id === id)) return;
    this.#added += 1;
    this.contexts.push(new Context(id, texts.contexts.name(this.#added + 1), cwd));
  }

  #remove(id: string): void {
    this.contexts = this.contexts.filter((context) => context.id !== id);
    if (this.currentId === id) this.currentId = DEFAULT_CONTEXT;
  }
}
