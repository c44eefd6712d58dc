import type { IMarker, Terminal } from "@xterm/xterm";
import plotly from "plotly.js-dist-min/plotly.min.js?url";
import vega from "vega/script?url";
import vegaLite from "vega-lite/script?url";
import vegaEmbed from "vega-embed/script?url";
import type { RichResult } from "codecell";
import { render, type RenderOptions } from "codecell/render";
import { plain } from "./plain";

/** Beyond either, the oldest result gives way to its text, which stands in the rows below it. */
const MAX_RESULTS = 50;
const MAX_CHARACTERS = 64 * 1024 * 1024;
const MAX_ROWS = 40;
/** Where the height does not come in time: the result scrolls in so many. */
const DEFAULT_ROWS = 12;
const PICTURE_MS = 3_000;
/** A chart's library is loaded first. */
const FRAME_MS = 6_000;
/** A frame whose height has not changed for so long has its height. */
const SETTLED_MS = 150;
const PADDING = 8;
/** How many pixels of the wheel scroll one row, as measured over text. */
const WHEEL_PIXELS = 60;
const EMPTY_FRAME = 20;

/** A result in the terminal: an element over rows that are kept free for it. */
export interface ShownResult {
  readonly element: HTMLElement;
  readonly id: string | undefined;
  result: RichResult;
  /** Its first row; unset while it is measured. */
  marker: IMarker | undefined;
  /** How many rows are kept free, and how many of them hold its text. */
  rows: number;
  textRows: number;
}

/** The results of one terminal. Their rows are part of its buffer, so scrolling through a million lines costs no more with them. */
export class Results {
  readonly #xterm: Terminal;
  readonly #layer = document.createElement("div");
  readonly #onLink: (url: string) => void;
  #shown: ShownResult[] = [];
  #dark: boolean;
  /** Rows that the wheel has turned over frames, less than one. */
  #turned = 0;

  constructor(xterm: Terminal, dark: boolean, onLink: (url: string) => void) {
    this.#xterm = xterm;
    this.#dark = dark;
    this.#onLink = onLink;
    this.#layer.className = "rich-results";
    xterm.element?.querySelector(".xterm-screen")?.append(this.#layer);
    xterm.onRender(() => this.#place());
  }

  get shown(): readonly ShownResult[] {
    return this.#shown;
  }

  /** Shows an update in place of what has its `displayId`. False if there is nothing of that name. */
  update(result: RichResult): boolean {
    const same = this.#shown.filter(({ id }) => id !== undefined && id === result.displayId);
    for (const shown of same) {
      shown.result = result;
      this.#render(shown);
    }
    return same.length > 0;
  }

  /**
   * Measures a result, and gives the text for its rows, to be written at the start of a line; undefined for a result that is only text.
   * `anchor` says where that is.
   */
  async add(result: RichResult): Promise<{ text: string; anchor: () => void } | undefined> {
    const element = document.createElement("div");
    element.className = "rich-result measured";
    // A click in it selects no text of the terminal behind it.
    element.addEventListener("mousedown", (event) => event.stopPropagation());
    this.#layer.append(element);
    const shown: ShownResult = { element, id: result.displayId, result, marker: undefined, rows: DEFAULT_ROWS, textRows: 1 };
    const type = this.#render(shown);
    if (type === "" || type.startsWith("text/") && type !== "text/html") {
      element.remove();
      return undefined;
    }
    this.#shown.push(shown);
    this.#makeRoom();
    await settled(element);
    const rowHeight = this.#rowHeight();
    if (element.offsetHeight > EMPTY_FRAME + PADDING) shown.rows = Math.min(MAX_ROWS, Math.ceil(element.offsetHeight / rowHeight));
    const lines = textOf(result, type).split("\n").slice(0, shown.rows).map((line) => fit(line, this.#xterm.cols));
    shown.textRows = lines.length;
    element.style.height = `${shown.rows * rowHeight}px`;
    return { text: lines.join("\n") + "\n".repeat(shown.rows - lines.length + 1), anchor: () => this.#anchor(shown) };
  }

  /** Removes those from a line of the buffer on: their rows are about to be erased. */
  removeFrom(line: number): void {
    for (const shown of this.#shown.filter(({ marker }) => marker && marker.line >= line)) this.#remove(shown);
  }

  clear(): void {
    for (const shown of this.#shown) this.#remove(shown);
  }

  setDark(dark: boolean): void {
    this.#dark = dark;
    for (const shown of this.#shown) this.#render(shown);
  }

  #render({ element, result }: ShownResult): string {
    const options: RenderOptions = {
      theme: this.#dark ? "dark" : "light",
      libraries: { plotly: read(plotly), vega: [vega, vegaLite, vegaEmbed].map(read) },
      onLink: this.#onLink,
      onWheel: (pixels) => this.#turn(pixels),
      // The page's policy forbids scripts in a frame without an address. The development server sends no policy.
      ...(import.meta.env.PROD && { frame: new URL("frame.html", document.baseURI).href }),
    };
    return render(result, element, options);
  }

  /** Scrolls when the wheel turns over a frame: xterm.js gets no event then. */
  #turn(pixels: number): void {
    this.#turned += pixels / WHEEL_PIXELS;
    const rows = Math.trunc(this.#turned);
    this.#turned -= rows;
    this.#xterm.scrollLines(rows);
  }

  #anchor(shown: ShownResult): void {
    shown.marker = this.#xterm.registerMarker(0);
    shown.marker?.onDispose(() => this.#remove(shown));
    shown.element.classList.remove("measured");
    this.#place();
  }

  /** Puts each over its rows; called whenever rows were drawn. */
  #place(): void {
    if (this.#shown.length === 0) return;
    const { viewportY, type } = this.#xterm.buffer.active;
    const rowHeight = this.#rowHeight();
    for (const { element, marker, rows } of this.#shown) {
      if (!marker) continue;
      const row = marker.line - viewportY;
      const isInSight = type === "normal" && row < this.#xterm.rows && row + rows > 0;
      element.style.visibility = isInSight ? "" : "hidden";
      if (isInSight) element.style.top = `${row * rowHeight}px`;
    }
  }

  #makeRoom(): void {
    let characters = 0;
    for (const shown of [...this.#shown].reverse()) characters += size(shown.result);
    while (this.#shown.length > MAX_RESULTS || (characters > MAX_CHARACTERS && this.#shown.length > 1)) {
      const [oldest] = this.#shown;
      if (!oldest) return;
      characters -= size(oldest.result);
      this.#remove(oldest);
    }
  }

  #remove(shown: ShownResult): void {
    shown.element.remove();
    this.#shown = this.#shown.filter((each) => each !== shown);
  }

  #rowHeight(): number {
    return this.#layer.getBoundingClientRect().height / this.#xterm.rows || 1;
  }
}

/** Waits until an element has the height that it will have, or for so long that it does not matter any more. */
async function settled(element: HTMLElement): Promise<void> {
  const image = element.querySelector("img");
  if (image) await Promise.race([image.decode().catch(() => undefined), after(PICTURE_MS)]);
  // What shows frames is loaded with the first of them.
  const inFrame = element.querySelector(".codecell-result > div:empty, iframe");
  if (!inFrame) return;
  await new Promise<void>((resolve) => {
    let quiet: ReturnType<typeof setTimeout> | undefined;
    const observer = new ResizeObserver(() => {
      clearTimeout(quiet);
      if (element.offsetHeight > EMPTY_FRAME + PADDING) quiet = setTimeout(finish, SETTLED_MS);
    });
    const late = setTimeout(finish, FRAME_MS);
    function finish(): void {
      clearTimeout(late);
      clearTimeout(quiet);
      observer.disconnect();
      resolve();
    }
    observer.observe(element);
  });
}

/** The toolbox gives its files to its own page only, not to a frame of another origin. */
const read = (url: string) => async (): Promise<string> => (await fetch(url)).text();

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What stands in its rows, for search, for copying and for screen readers. */
export function textOf({ data, metadata }: RichResult, type: string): string {
  const alt = (metadata[type] as { alt?: unknown } | undefined)?.alt;
  const text = alt ?? data["text/plain"] ?? type;
  return plain(Array.isArray(text) ? text.join("") : String(text), true).trimEnd() || type;
}

/** So much of a line that it certainly takes one row. */
function fit(line: string, columns: number): string {
  return line.slice(0, /^[\x20-\x7e]*$/.test(line) ? columns - 1 : Math.floor(columns / 2));
}

function size({ data }: RichResult): number {
  return Object.values(data).reduce<number>((sum, value) => sum + (typeof value === "string" ? value.length : JSON.stringify(value ?? null).length), 0);
}
