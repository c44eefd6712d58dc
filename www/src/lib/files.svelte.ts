import welcome from "../examples/welcome.py?raw";
import { forget, isRecord, load, save } from "./storage";
import { texts } from "./texts";

export interface CodeFile {
  readonly id: string;
  name: string;
  code: string;
  /** The editor's own record of the file: cursor and undo history, as CodeMirror serializes them. */
  editor: unknown;
}

/** Beyond this an undo history is not worth the storage it takes; the code itself is always kept. */
const MAX_HISTORY_BYTES = 400_000;

/** The open files, each under a storage key of its own, so that a large one does not slow down saving the others. */
export class Files {
  list = $state<CodeFile[]>([]);
  activeId = $state("");
  /** True when the browser refused to keep a change. */
  unsaved = $state(false);

  constructor() {
    const index = load("files");
    if (isRecord(index) && Array.isArray(index["ids"])) {
      for (const id of index["ids"]) {
        const file = readFile(id);
        if (file) this.list.push(file);
      }
      if (typeof index["active"] === "string") this.activeId = index["active"];
    }
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

  edit(id: string, code: string, editor: unknown): void {
    const file = this.list.find((each) => each.id === id);
    if (!file) return;
    file.code = code;
    file.editor = editor;
    this.#keep(file);
  }

  close(id: string): void {
    const at = this.list.findIndex((file) => file.id === id);
    if (at < 0) return;
    this.list.splice(at, 1);
    forget(`file.${id}`);
    if (this.list.length === 0) this.add("main.py");
    else if (this.activeId === id) this.activeId = this.list[Math.max(0, at - 1)]?.id ?? "";
    this.#keepIndex();
  }

  #freeName(like: string = texts.files.untitled): string {
    const stem = like.replace(/\.py$/, "");
    for (let n = 2; ; n++) {
      const name = `${stem} ${n}.py`;
      if (!this.list.some((file) => file.name === name)) return name;
    }
  }

  #keep(file: CodeFile): void {
    const { id, name, code } = file;
    const editor = JSON.stringify(file.editor ?? null).length < MAX_HISTORY_BYTES ? file.editor : null;
    this.unsaved = !save(`file.${id}`, { name, code, editor });
  }

  #keepIndex(): void {
    this.unsaved = !save("files", { ids: this.list.map((file) => file.id), active: this.activeId });
  }
}

function readFile(id: unknown): CodeFile | undefined {
  if (typeof id !== "string") return undefined;
  const kept = load(`file.${id}`);
  if (!isRecord(kept) || typeof kept["name"] !== "string" || typeof kept["code"] !== "string") return undefined;
  return { id, name: kept["name"], code: kept["code"], editor: kept["editor"] ?? null };
}
