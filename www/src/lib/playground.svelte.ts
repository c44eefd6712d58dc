import type { InterpreterContext } from "codecell";
import { Connection } from "./connection.svelte";
import { Context, DEFAULT_CONTEXT, type RunRequest } from "./context.svelte";
import { Files } from "./files.svelte";
import { Settings } from "./settings.svelte";
import { decodeCode, readFragment } from "./share";
import { texts } from "./texts";

/** What the open editor offers to the rest of the page. */
export interface EditorHandle {
  /** The whole file. */
  all(): RunRequest | undefined;
  /** The selection, or the line where the cursor is; then the cursor moves on. */
  part(): RunRequest | undefined;
  /** Shows a file's line, marked as the one that failed. */
  goTo(fileId: string, line: number): void;
}

/** The page's one store: the files, the contexts, the connection and the settings, and what the buttons do with them. */
export class Playground {
  readonly files = new Files();
  readonly settings = new Settings();
  readonly connection = new Connection((contexts) => this.#listed(contexts));
  contexts = $state<Context[]>([new Context(DEFAULT_CONTEXT, texts.contexts.default, "")]);
  chosenId = $state(DEFAULT_CONTEXT);
  /** One sentence for the person, above the editor. */
  notice = $state("");
  /** True while the connection dialog stands open. */
  connecting = $state(false);
  editor: EditorHandle | undefined;

  #made = 0;

  get chosen(): Context {
    const chosen = this.contexts.find((context) => context.id === this.chosenId) ?? this.contexts[0];
    if (!chosen) throw new Error("the default context is always there");
    return chosen;
  }

  /** Reads the page's address, then connects. */
  async start(): Promise<void> {
    await this.readAddress();
    await this.connection.open();
    if (this.connection.state === "unauthorized") this.connecting = true;
  }

  /** Takes what the address's fragment holds, and takes it out of the address: a token must not be copied along with it. */
  async readAddress(): Promise<void> {
    const fragment = readFragment(location.hash);
    if (location.hash !== "") history.replaceState(null, "", location.pathname + location.search);
    if (fragment.token) this.connection.takeToken(fragment.token);
    if (!fragment.code) return;
    const code = await decodeCode(fragment.code);
    const name = fragment.name ?? texts.share.sharedName;
    if (code !== undefined) this.files.show(name, code);
    this.notice = code === undefined ? texts.share.damaged : texts.share.arrived(name);
  }

  run(): void {
    this.#run(this.editor?.all());
  }

  runPart(): void {
    this.#run(this.editor?.part());
  }

  stop(): void {
    this.chosen.stop();
  }

  async createContext(cwd: string): Promise<void> {
    const interpreter = this.connection.interpreter;
    if (!interpreter) throw new Error(texts.connection.explain.away);
    const made = await interpreter.createContext(cwd ? { cwd } : {});
    this.#add(made);
    this.chosenId = made.id;
  }

  async deleteContext(id: string): Promise<void> {
    await this.connection.interpreter?.deleteContext(id);
    this.#remove(id);
  }

  #run(request: RunRequest | undefined): void {
    if (!request || request.code.trim() === "") return;
    const interpreter = this.connection.interpreter;
    if (!interpreter) {
      this.connecting = true;
      return;
    }
    void this.chosen.run(interpreter, this.settings, request).then(() => {
      if (this.connection.state !== "ready" || !this.chosen.active) void this.connection.check();
    });
  }

  /** Takes over what the toolbox says there is: contexts that others made appear, those that are gone disappear. */
  #listed(listed: InterpreterContext[]): void {
    for (const context of [...listed].sort((a, b) => a.createdAt.localeCompare(b.createdAt))) {
      const known = this.contexts.find((each) => each.id === context.id);
      if (known) known.active = context.active;
      else this.#add(context);
    }
    const ids = new Set(listed.map((context) => context.id));
    for (const { id, busy } of this.contexts) {
      if (id !== DEFAULT_CONTEXT && !ids.has(id) && !busy) this.#remove(id);
    }
  }

  #add({ id, cwd }: InterpreterContext): void {
    if (this.contexts.some((context) => context.id === id)) return;
    this.#made += 1;
    this.contexts.push(new Context(id, texts.contexts.name(this.#made + 1), cwd));
  }

  #remove(id: string): void {
    this.contexts = this.contexts.filter((context) => context.id !== id);
    if (this.chosenId === id) this.chosenId = DEFAULT_CONTEXT;
  }
}
