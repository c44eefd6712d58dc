import welcome from "../examples/welcome.py?raw";
import { forget, isRecord, keysBelow, load, save } from "./storage";
import { texts } from "./texts";

export interface CodeFile {
  readonly id: string;
  name: string;
  code: string;
  /** The editor's own record of the file: cursor and undo history, as CodeMirror serializes them. */
  editor: unknown;
}

/** The storage keys of files begin so; the file's id follows. */
export const FILE = "file.";

/** Beyond this an undo history is not worth the storage it takes; the code itself is always kept. */
const MAX_HISTORY_BYTES = 400_000;

/**
 * The open files, each under a storage key of its own, so that a large one does not slow down saving the others. Other tabs of
 * the browser have the same files open: what they write comes in, and where two wrote at once, both texts are kept.
 */
export class Files {
  list = $state<CodeFile[]>([]);
  activeId = $state("");
  /** One sentence for the person: two tabs changed the same file. */
  notice = $state("");
  /** True when the browser refused to keep a change. */
  unsaved = $state(false);

  constructor() {
    const kept = load("files");
    const index = isRecord(kept) ? kept : {};
    const ordered = Array.isArray(index["ids"]) ? index["ids"] : [];
    // The index is the last tab's; a file that another tab made is there all the same.
    for (const id of new Set([...ordered, ...keysBelow(FILE)])) {
      const file = readFile(id);
      if (file) this.list.push(file);
    }
    if (typeof index["active"] === "string") this.activeId = index["active"];
    if (this.list.length === 0) this.add("main.py", welcome);
    if (!this.list.some((file) => file.id === this.activeId)) this.activeId = this.list[0]?.id ?? "";
  }

  get active(): CodeFile | undefined {
    return this.list.find((file) => file.id === this.activeId);
  }

  add(name: string = this.#freeName(), code = ""): CodeFile {
    const file: CodeFile = { id: crypto.randomUUID(), name, code, editor: null };
    this.list.push(file);
    this.activeId = file.id;
    this.#keep(file);
    this.#keepIndex();
    return file;
  }

  /** Opens `code` in a tab: the one that already shows exactly this, or a new one. */
  show(name: string, code: string): void {
    const same = this.list.find((file) => file.name === name && file.code === code);
    if (same) this.select(same.id);
    else this.add(this.list.some((file) => file.name === name) ? this.#freeName(name) : name, code);
  }

  select(id: string): void {
    this.activeId = id;
    this.#keepIndex();
  }

  rename(id: string, name: string): void {
    const file = this.list.find((each) => each.id === id);
    if (!file || name.trim() === "") return;
    file.name = name.trim();
    this.#keep(file);
  }

  /** Keeps what was typed, and says in which file: in a new one, when another tab has changed this one meanwhile. */
  edit(id: string, code: string, editor: unknown): string {
    const file = this.list.find((each) => each.id === id);
    if (!file) return id;
    const kept = readFile(id);
    const changedElsewhere = kept !== undefined && kept.code !== file.code && kept.code !== code;
    if (changedElsewhere) {
      const typedHere = code !== file.code;
      Object.assign(file, kept);
      if (!typedHere) return id;
      const copy = this.add(this.#freeName(file.name), code);
      this.notice = texts.files.forked(file.name, copy.name);
      return copy.id;
    }
    Object.assign(file, { code, editor });
    this.#keep(file);
    return id;
  }

  /** Takes over what another tab wrote. */
  reread(id: string): void {
    const kept = readFile(id);
    const at = this.list.findIndex((file) => file.id === id);
    if (kept && at < 0) this.list.push(kept);
    else if (kept) Object.assign(this.list[at] ?? {}, kept);
    else if (at >= 0) this.#drop(at);
  }

  close(id: string): void {
    const at = this.list.findIndex((file) => file.id === id);
    if (at < 0) return;
    this.#drop(at);
    forget(FILE + id);
    this.#keepIndex();
  }

  #drop(at: number): void {
    const [dropped] = this.list.splice(at, 1);
    if (this.list.length === 0) this.add("main.py");
    else if (this.activeId === dropped?.id) this.activeId = this.list[Math.max(0, at - 1)]?.id ?? "";
  }

  #freeName(like: string = texts.files.untitled): string {
    const stem = like.replace(/( \d+)?\.py$/, "");
    for (let n = 2; ; n++) {
      const name = `${stem} ${n}.py`;
      if (!this.list.some((file) => file.name === name)) return name;
    }
  }

  #keep(file: CodeFile): void {
    const { id, name, code } = file;
    const editor = JSON.stringify(file.editor ?? null).length < MAX_HISTORY_BYTES ? file.editor : null;
    this.unsaved = !save(FILE + id, { name, code, editor });
  }

  #keepIndex(): void {
    this.unsaved = !save("files", { ids: this.list.map((file) => file.id), active: this.activeId });
  }
}

function readFile(id: unknown): CodeFile | undefined {
  if (typeof id !== "string") return undefined;
  const kept = load(FILE + id);
  if (!isRecord(kept) || typeof kept["name"] !== "string" || typeof kept["code"] !== "string") return undefined;
  return { id, name: kept["name"], code: kept["code"], editor: kept["editor"] ?? null };
}
