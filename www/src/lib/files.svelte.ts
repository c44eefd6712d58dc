import welcome from "../examples/welcome.py?raw";
import { forget, isRecord, keysBelow, load, loadJson, save, saveJson } from "./storage";
import { texts } from "./texts";

export class CodeFile {
  readonly id: string;
  name = $state("");
  code = $state("");
  /** Cursor and undo history, as CodeMirror serializes them. Plain data: making it reactive would cost more than all else of a save. */
  editor: unknown;
  /** What the storage holds, as far as this tab knows: a text to compare with, which is faster than to parse. */
  storedJson: string | null = null;

  constructor(id: string, name: string, code: string, editor: unknown = null) {
    this.id = id;
    this.name = name;
    this.code = code;
    this.editor = editor;
  }
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
    const stored = load("files");
    const index = isRecord(stored) ? stored : {};
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
    const file = new CodeFile(crypto.randomUUID(), name, code);
    this.list.push(file);
    this.activeId = file.id;
    this.#save(file);
    this.#saveIndex();
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
    this.#saveIndex();
  }

  rename(id: string, name: string): void {
    const file = this.list.find((each) => each.id === id);
    if (!file || name.trim() === "") return;
    file.name = name.trim();
    this.#save(file);
  }

  /** Saves what was typed, and returns the id of its file: a new one, if another tab has changed this one meanwhile. */
  edit(id: string, code: string, editor: unknown): string {
    const file = this.list.find((each) => each.id === id);
    if (!file) return id;
    const stored = loadJson(FILE + id) === file.storedJson ? undefined : readFile(id);
    if (stored && stored.code !== file.code && stored.code !== code) {
      const typedHere = code !== file.code;
      copyFile(stored, file);
      if (!typedHere) return id;
      const copy = this.add(this.#freeName(file.name), code);
      this.notice = texts.files.forked(file.name, copy.name);
      return copy.id;
    }
    file.code = code;
    file.editor = editor;
    this.#save(file);
    return id;
  }

  /** Shows what another tab wrote. */
  reread(id: string): void {
    const stored = readFile(id);
    const at = this.list.findIndex((file) => file.id === id);
    const file = this.list[at];
    if (stored && file) copyFile(stored, file);
    else if (stored) this.list.push(stored);
    else if (file) this.#drop(at);
  }

  close(id: string): void {
    const at = this.list.findIndex((file) => file.id === id);
    if (at < 0) return;
    this.#drop(at);
    forget(FILE + id);
    this.#saveIndex();
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

  #save(file: CodeFile): void {
    const { id, name, code } = file;
    const editor = JSON.stringify(file.editor ?? null);
    const json = `{"name":${JSON.stringify(name)},"code":${JSON.stringify(code)},"editor":${editor.length < MAX_HISTORY_BYTES ? editor : null}}`;
    this.unsaved = !saveJson(FILE + id, json);
    if (!this.unsaved) file.storedJson = json;
  }

  #saveIndex(): void {
    this.unsaved = !save("files", { ids: this.list.map((file) => file.id), active: this.activeId });
  }
}

function readFile(id: unknown): CodeFile | undefined {
  if (typeof id !== "string") return undefined;
  const stored = load(FILE + id);
  if (!isRecord(stored) || typeof stored["name"] !== "string" || typeof stored["code"] !== "string") return undefined;
  const file = new CodeFile(id, stored["name"], stored["code"], stored["editor"] ?? null);
  file.storedJson = loadJson(FILE + id);
  return file;
}

function copyFile(from: CodeFile, to: CodeFile): void {
  to.name = from.name;
  to.code = from.code;
  to.editor = from.editor;
  to.storedJson = from.storedJson;
}
