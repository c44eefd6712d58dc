import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { UnicodeGraphemesAddon } from "@xterm/addon-unicode-graphemes";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal, type IMarker } from "@xterm/xterm";
import type { ExecutionError, RichResult } from "codecell";
import type { AskOptions, Screen } from "./context.svelte";
import type { Ending } from "./ending";
import { plain } from "./plain";
import { Results, type ShownResult } from "./results";
import { allowStylesOfScripts } from "./strict-styles";
import { scrollByKey } from "./terminal-keys";
import { terminalTheme } from "./terminal-theme";
import { texts } from "./texts";
import { frameIn, ownFrames, type Source } from "./traceback";

allowStylesOfScripts(document);

/** Text that xterm.js has not parsed yet; beyond it the run waits. Some 10 ms of parsing; 100 ms where each character is an empty line or an emoji. */
const MAX_PENDING_CHARACTERS = 64 * 1024;
/** xterm.js parses one write in one go and looks at the clock only between writes: a cold parser takes some 10 ms for this much. */
const WRITE_CHARACTERS = 4 * 1024;

/** Undoes what a program may have changed: margins, modes, colours, a visible cursor. */
const RESET_STATE = "\x1b[!p\x1b[0m\x1b[?25l";
const LEAVE_ALTERNATE_SCREEN = "\x1b[?1049l";
/** A free row below the cursor, which stays where it is. */
const ROOM_BELOW = "\x1bD\x1b[A";
/** Behind a full row: the cursor goes to the start of the next one, as it would with the next character. */
const WRAP = " \b";
const HIDE_CURSOR = "\x1b[?25l";
/** A field for an answer is at least this wide; with less room behind the prompt it gets the row below. */
const FIELD_COLUMNS = 24;
/** What `clear_output()` sends in place of a result. */
const CLEAR = "application/vnd.codecell.clear+json";
const TONES = { good: "32", bad: "31", neutral: "33" } as const;

export interface TerminalEvents {
  /** A click on a frame of a traceback. */
  onFrame(source: Source, line: number): void;
  /** A click on a link that Python printed: the page shows the address before it opens it. */
  onLink(url: string): void;
  /** New text is in the buffer. */
  onText(): void;
  /** The rows were drawn: the text, the scroll position or the size has changed. */
  onDraw(): void;
  ask(prompt: string, options: AskOptions): Promise<string | null>;
}

/** Where the field for an answer goes, in pixels from the screen's top left corner. */
export interface FieldPlace {
  left: number;
  top: number;
  height: number;
}

/** One context's screen. */
export class OutputTerminal implements Screen {
  readonly xterm: Terminal;
  readonly search = new SearchAddon();
  readonly #fit = new FitAddon();
  readonly #events: TerminalEvents;
  readonly #results: Results;
  /** Where the output of the current run begins. */
  #runStart: IMarker | undefined;
  /** `clear_output(wait=True)`: what comes next takes the place of what is there. */
  #clearsNext = false;
  #tracebacks: { marker: IMarker; source: Source; own: Set<string> }[] = [];
  /** The prompt that waits for an answer. */
  #prompt: string | undefined;
  #pending = 0;
  #room: (() => void)[] = [];
  #stream: "stdout" | "stderr" = "stdout";
  #used = false;

  constructor(host: HTMLElement, scrollback: number, dark: boolean, events: TerminalEvents) {
    this.#events = events;
    this.xterm = new Terminal({
      allowProposedApi: true,
      convertEol: true,
      cursorInactiveStyle: "none",
      disableStdin: true,
      fontFamily: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
      fontSize: 13,
      lineHeight: 1.35,
      linkHandler: { activate: (_event, url) => events.onLink(url) },
      minimumContrastRatio: 4.5,
      scrollback,
      theme: terminalTheme(dark),
    });
    this.xterm.loadAddon(this.#fit);
    this.xterm.loadAddon(this.search);
    this.xterm.loadAddon(new UnicodeGraphemesAddon());
    this.xterm.loadAddon(new WebLinksAddon((_event, url) => events.onLink(url)));
    this.xterm.registerLinkProvider({ provideLinks: (y, callback) => callback(this.#linksAt(y)) });
    this.xterm.onWriteParsed(() => events.onText());
    this.xterm.onRender(() => events.onDraw());
    // Nothing is typed here, so no key belongs to the terminal: Tab moves on, Escape stops, the browser's own keys work.
    this.xterm.attachCustomKeyEventHandler(() => false);
    this.xterm.open(host);
    if (this.xterm.textarea) {
      // It gets the focus by a click, for copying. It is no stop of the Tab key, and no reason for a phone to show its keyboard.
      Object.assign(this.xterm.textarea, { tabIndex: -1, readOnly: true, inputMode: "none", ariaLabel: texts.output });
    }
    this.#results = new Results(this.xterm, dark, (url) => events.onLink(url));
    this.xterm.write(HIDE_CURSOR);
    this.fit();
  }

  setDark(dark: boolean): void {
    this.xterm.options.theme = terminalTheme(dark);
    this.#results.setDark(dark);
  }

  get size(): { columns: number; rows: number } {
    return { columns: this.xterm.cols, rows: this.xterm.rows };
  }

  async begin(title: string): Promise<void> {
    await this.#freshLine();
    this.#feed(`${this.#used ? "\n" : ""}\x1b[34m❯\x1b[39m \x1b[1m${plain(title)}\x1b[22m\n`);
    this.#used = true;
    this.#clearsNext = false;
    await this.#parsedSoFar();
    this.#runStart?.dispose();
    this.#runStart = this.xterm.registerMarker(0);
  }

  write(text: string, stream: "stdout" | "stderr"): void | Promise<void> {
    if (this.#clearsNext) return this.#clearRun().then(() => this.write(text, stream));
    if (stream !== this.#stream) {
      this.#stream = stream;
      this.#feed(stream === "stderr" ? "\x1b[33m" : "\x1b[39m");
    }
    this.#feed(text);
    if (this.#pending > MAX_PENDING_CHARACTERS) return new Promise((resolve) => this.#room.push(resolve));
  }

  async result(result: RichResult): Promise<void> {
    const clear = result.data[CLEAR] as { wait?: boolean } | undefined;
    if (clear?.wait) {
      this.#clearsNext = true;
      return;
    }
    if (clear || this.#clearsNext) await this.#clearRun();
    if (clear || (result.update && this.#results.update(result))) return;
    await this.#freshLine();
    const placed = await this.#results.add(result);
    if (!placed) {
      const text = Object.entries(result.data).find(([type]) => type === "text/plain") ?? Object.entries(result.data)[0];
      this.#feed(`${String(text?.[1] ?? "")}\n`);
      return;
    }
    await this.#parsedSoFar();
    placed.anchor();
    this.#feed(placed.text);
    await this.#parsedSoFar();
  }

  async error(error: ExecutionError, source: Source): Promise<void> {
    await this.#freshLine();
    await this.#parsedSoFar();
    const text = plain(error.traceback || `${error.name}: ${error.value}`, true).trimEnd();
    const own = new Set(ownFrames(error).map(keyOf));
    const marker = this.xterm.registerMarker(0);
    this.#tracebacks = this.#tracebacks.filter((each) => !each.marker.isDisposed);
    if (marker) this.#tracebacks.push({ marker, source, own });
    this.#feed(`\x1b[31m${text.split("\n").map((line) => withLink(line, own)).join("\n")}\x1b[39m\n`);
  }

  async end(ending: Ending): Promise<void> {
    await this.#freshLine();
    if (ending.detail) this.#feed(`\x1b[31m${plain(ending.detail, true)}\x1b[39m\n`);
    this.#feed(`\x1b[${TONES[ending.tone]}m●\x1b[90m ${plain(ending.words)}\x1b[0m\n`);
    await this.#parsedSoFar();
  }

  async ask(prompt: string, options: AskOptions): Promise<string | null> {
    this.#prompt = prompt;
    this.#feed(prompt);
    await this.#makeRoom();
    try {
      const answer = await this.#events.ask(prompt, options);
      const shown = answer === null ? texts.terminal.endOfInput : options.password ? "" : plain(answer, true);
      this.#feed(`\x1b[36m${shown}\x1b[39m\n`);
      return answer;
    } finally {
      this.#prompt = undefined;
    }
  }

  /** Scrolls as a key says. True if the key is one of those. */
  key(event: KeyboardEvent): boolean {
    return scrollByKey(this.xterm, event);
  }

  fit(): void {
    this.#fit.fit();
  }

  /** Behind the prompt, or below it where that leaves too little room. */
  fieldPlace(): FieldPlace {
    const screen = this.xterm.element?.querySelector(".xterm-screen")?.getBoundingClientRect();
    const { cursorX, cursorY, baseY, viewportY } = this.xterm.buffer.active;
    const height = (screen?.height ?? 0) / this.xterm.rows;
    const row = baseY + cursorY - viewportY;
    // Scrolled away: far outside, where it can keep the focus.
    if (row < 0 || row >= this.xterm.rows) return { left: 0, top: 10 * height * this.xterm.rows, height };
    if (this.#needsRow()) return { left: 0, top: (row + 1) * height, height };
    return { left: (cursorX * (screen?.width ?? 0)) / this.xterm.cols, top: row * height, height };
  }

  /** The buffer as text, its last `most` lines or all; lines that were wrapped for the width are whole again. A result is its text. */
  text(most = Infinity): string {
    return this.#read(most, false).join("\n");
  }

  /** The same in pieces: text, and results between it. */
  pieces(): (string | ShownResult)[] {
    const pieces: (string | ShownResult)[] = [];
    let lines: string[] = [];
    const take = (): void => {
      if (lines.length > 0) pieces.push(lines.join("\n"));
      lines = [];
    };
    for (const each of this.#read(Infinity, true)) {
      if (typeof each === "string") lines.push(each);
      else {
        take();
        pieces.push(each);
      }
    }
    take();
    return pieces;
  }

  #read<Whole extends boolean>(most: number, whole: Whole): (Whole extends true ? string | ShownResult : string)[];
  #read(most: number, whole: boolean): (string | ShownResult)[] {
    const buffer = this.xterm.buffer.active;
    const end = buffer.baseY + buffer.cursorY + 1;
    const results = new Map(this.#results.shown.map((shown) => [shown.marker?.line, shown]));
    const lines: (string | ShownResult)[] = [];
    let [textUntil, restUntil] = [0, 0];
    for (let y = Math.max(0, end - most); y < end; y++) {
      const shown = results.get(y);
      if (shown) {
        if (whole) lines.push(shown);
        [textUntil, restUntil] = [whole ? y : y + shown.textRows, y + shown.rows];
      }
      // The rows that a result covers hold nothing but its text.
      if (y >= textUntil && y < restUntil) continue;
      const line = buffer.getLine(y);
      const text = line?.translateToString(true) ?? "";
      const last = lines.at(-1);
      if (line?.isWrapped && typeof last === "string") lines[lines.length - 1] = last + text;
      else lines.push(text);
    }
    return lines;
  }

  clear(): void {
    this.xterm.reset();
    this.#results.clear();
    this.#runStart = undefined;
    this.#clearsNext = false;
    this.xterm.write(HIDE_CURSOR);
    this.#used = false;
    // Python still waits for the answer.
    if (this.#prompt === undefined) return;
    this.#feed(this.#prompt);
    void this.#makeRoom();
  }

  dispose(): void {
    for (const resolve of this.#room.splice(0)) resolve();
    this.xterm.dispose();
  }

  /** Erases what the current run has written, as far as it is on the screen: what was scrolled away stays. */
  async #clearRun(): Promise<void> {
    this.#clearsNext = false;
    await this.#parsedSoFar();
    const { baseY, cursorY, type } = this.xterm.buffer.active;
    if (type === "alternate" || !this.#runStart || this.#runStart.isDisposed) return;
    const rows = Math.min(cursorY, baseY + cursorY - this.#runStart.line);
    this.#results.removeFrom(this.#runStart.line);
    this.#feed(`\r${rows > 0 ? `\x1b[${rows}A` : ""}\x1b[J`);
    await this.#parsedSoFar();
  }

  #needsRow(): boolean {
    return this.xterm.cols - this.xterm.buffer.active.cursorX < Math.min(FIELD_COLUMNS, this.xterm.cols / 2);
  }

  async #makeRoom(): Promise<void> {
    await this.#parsedSoFar();
    if (!this.#needsRow()) return;
    const isFull = this.xterm.buffer.active.cursorX === this.xterm.cols;
    this.#feed(isFull ? WRAP : ROOM_BELOW);
    await this.#parsedSoFar();
  }

  /** Starts a new line, whatever the program printed last. */
  async #freshLine(): Promise<void> {
    this.#stream = "stdout";
    await this.#parsedSoFar();
    if (this.xterm.buffer.active.type === "alternate") this.#feed(LEAVE_ALTERNATE_SCREEN);
    this.#feed(RESET_STATE);
    await this.#parsedSoFar();
    const { active } = this.xterm.buffer;
    const line = active.getLine(active.baseY + active.cursorY)?.translateToString(true);
    if (active.cursorX > 0 || line) this.#feed("\n");
  }

  #parsedSoFar(): Promise<void> {
    return new Promise((resolve) => this.xterm.write("", resolve));
  }

  #feed(text: string): void {
    for (let at = 0; at < text.length; at += WRITE_CHARACTERS) {
      const part = text.slice(at, at + WRITE_CHARACTERS);
      this.#pending += part.length;
      this.xterm.write(part, () => this.#parsed(part.length));
    }
  }

  #parsed(characters: number): void {
    this.#pending -= characters;
    if (this.#pending <= MAX_PENDING_CHARACTERS / 2) for (const resolve of this.#room.splice(0)) resolve();
  }

  #linksAt(y: number): { range: { start: { x: number; y: number }; end: { x: number; y: number } }; text: string; activate: () => void }[] | undefined {
    const text = this.xterm.buffer.active.getLine(y - 1)?.translateToString(true) ?? "";
    const frame = frameIn(text);
    const traceback = this.#tracebacks.findLast(({ marker }) => !marker.isDisposed && marker.line <= y - 1);
    if (!frame || !traceback || !traceback.own.has(keyOf(frame))) return undefined;
    const range = { start: { x: frame.start + 1, y }, end: { x: frame.start + frame.length, y } };
    return [{ range, text, activate: () => this.#events.onFrame(traceback.source, frame.line) }];
  }
}

/** The line of a traceback, underlined where a click leads into the editor. */
function withLink(line: string, own: Set<string>): string {
  const frame = frameIn(line);
  if (!frame || !own.has(keyOf(frame))) return line;
  const end = frame.start + frame.length;
  return `${line.slice(0, frame.start)}\x1b[4m${line.slice(frame.start, end)}\x1b[24m${line.slice(end)}`;
}

function keyOf({ file, line }: { file: string; line: number }): string {
  return `${line} ${file}`;
}
