import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal, type IMarker } from "@xterm/xterm";
import type { ExecutionError } from "codecell";
import type { Screen } from "./context.svelte";
import type { Ending } from "./ending";
import { plain } from "./plain";
import { allowStylesOfScripts } from "./strict-styles";
import { terminalTheme } from "./terminal-theme";
import { frameIn, type Source } from "./traceback";

allowStylesOfScripts(document);

/** Text that xterm.js has not parsed yet; beyond it the run waits. About 50 ms of parsing. */
const MAX_PENDING_CHARACTERS = 256 * 1024;
/** xterm.js parses one write in one go and looks at the clock only between writes: a cold parser takes some 10 ms for this much. */
const WRITE_CHARACTERS = 4 * 1024;

/** Undoes what a program may have left behind: margins, modes, colours, a visible cursor. */
const CALM = "\x1b[!p\x1b[0m\x1b[?25l";
const LEAVE_ALTERNATE_SCREEN = "\x1b[?1049l";
const TONES = { good: "32", bad: "31", neutral: "33" } as const;

export interface TerminalEvents {
  /** A click on a frame of a traceback. */
  onFrame(source: Source, line: number): void;
  /** A click on a link that Python printed: it says where it leads before it opens. */
  onLink(url: string): void;
  /** New text is in the buffer. */
  onText(): void;
  ask(prompt: string, signal: AbortSignal): Promise<string | null>;
}

/** One context's screen. */
export class OutputTerminal implements Screen {
  readonly xterm: Terminal;
  readonly search = new SearchAddon();
  readonly #fit = new FitAddon();
  readonly #events: TerminalEvents;
  readonly #tracebacks: { marker: IMarker; source: Source }[] = [];
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
    this.xterm.loadAddon(new Unicode11Addon());
    this.xterm.loadAddon(new WebLinksAddon((_event, url) => events.onLink(url)));
    this.xterm.unicode.activeVersion = "11";
    this.xterm.registerLinkProvider({ provideLinks: (y, callback) => callback(this.#linksAt(y)) });
    this.xterm.onWriteParsed(() => events.onText());
    // Nothing is typed here, so no key belongs to the terminal: Tab moves on, Escape stops, the browser's own keys work.
    this.xterm.attachCustomKeyEventHandler(() => false);
    this.xterm.open(host);
    this.xterm.write("\x1b[?25l");
    this.fit();
  }

  async begin(title: string): Promise<void> {
    await this.#freshLine();
    this.#feed(`${this.#used ? "\n" : ""}\x1b[34m❯\x1b[39m \x1b[1m${plain(title)}\x1b[22m\n`);
    this.#used = true;
  }

  write(text: string, stream: "stdout" | "stderr"): void | Promise<void> {
    if (stream !== this.#stream) {
      this.#stream = stream;
      this.#feed(stream === "stderr" ? "\x1b[33m" : "\x1b[39m");
    }
    this.#feed(text);
    if (this.#pending > MAX_PENDING_CHARACTERS) return new Promise((resolve) => this.#room.push(resolve));
  }

  async error(error: ExecutionError, source: Source): Promise<void> {
    await this.#freshLine();
    await this.#parsedSoFar();
    const marker = this.xterm.registerMarker(0);
    if (marker) this.#tracebacks.push({ marker, source });
    this.#feed(`\x1b[31m${plain(error.traceback || `${error.name}: ${error.value}`, true).trimEnd()}\x1b[39m\n`);
  }

  async end(ending: Ending): Promise<void> {
    await this.#freshLine();
    if (ending.detail) this.#feed(`\x1b[31m${plain(ending.detail, true)}\x1b[39m\n`);
    this.#feed(`\x1b[${TONES[ending.tone]}m●\x1b[90m ${plain(ending.words)}\x1b[0m\n`);
    await this.#parsedSoFar();
  }

  async ask(prompt: string, signal: AbortSignal): Promise<string | null> {
    this.#feed(prompt);
    await this.#parsedSoFar();
    return this.#events.ask(prompt, signal);
  }

  /** What a person typed, where it was typed. */
  echo(text: string): void {
    this.#feed(`\x1b[36m${plain(text)}\x1b[39m\n`);
  }

  fit(): void {
    this.#fit.fit();
  }

  /** The cursor's place in pixels from the screen's top left corner, and the size of a cell. */
  cursor(): { left: number; top: number; height: number; room: number } {
    const screen = this.xterm.element?.querySelector(".xterm-screen")?.getBoundingClientRect();
    const { cursorX, cursorY } = this.xterm.buffer.active;
    const width = (screen?.width ?? 0) / this.xterm.cols;
    const height = (screen?.height ?? 0) / this.xterm.rows;
    return { left: cursorX * width, top: cursorY * height, height, room: (this.xterm.cols - cursorX) * width };
  }

  /** The buffer as text, its last `most` lines or all; lines that were wrapped for the width are whole again. */
  text(most = Infinity): string {
    const buffer = this.xterm.buffer.active;
    const end = buffer.baseY + buffer.cursorY + 1;
    const lines: string[] = [];
    for (let y = Math.max(0, end - most); y < end; y++) {
      const line = buffer.getLine(y);
      const text = line?.translateToString(true) ?? "";
      if (line?.isWrapped && lines.length > 0) lines[lines.length - 1] += text;
      else lines.push(text);
    }
    return lines.join("\n");
  }

  clear(): void {
    this.xterm.reset();
    this.xterm.write("\x1b[?25l");
    this.#used = false;
  }

  dispose(): void {
    for (const resolve of this.#room.splice(0)) resolve();
    this.xterm.dispose();
  }

  /** Goes to a line of its own, whatever the program left. */
  async #freshLine(): Promise<void> {
    this.#stream = "stdout";
    await this.#parsedSoFar();
    if (this.xterm.buffer.active.type === "alternate") this.#feed(LEAVE_ALTERNATE_SCREEN);
    this.#feed(CALM);
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
    if (!frame || !traceback) return undefined;
    const range = { start: { x: frame.start + 1, y }, end: { x: frame.start + frame.length, y } };
    return [{ range, text, activate: () => this.#events.onFrame(traceback.source, frame.line) }];
  }
}
