/**
 * Shows rich results in a page: pictures, tables, charts, JSON, HTML and text.
 *
 * ```ts
 * import { connect } from "codecell";
 * import { render } from "codecell/render";
 *
 * const interpreter = await connect({ toolboxUrl: "http://127.0.0.1:2280", token: "…" });
 * const place = document.querySelector<HTMLElement>("#result")!;
 * render({ data: { "text/plain": "42" } }, place);
 * ```
 *
 * @module render
 */

/** Something in several forms, by MIME type: Jupyter's bundle. A result that `onResult` gets is one. */
export interface MimeBundle {
  /** Text as a string, pictures as base64, JSON as it is. */
  data: Record<string, unknown>;
  /** More about each type: `{ "image/png": { width: 640, height: 480, alt: "A sine" } }`, in CSS pixels. */
  metadata?: Record<string, unknown> | undefined;
  /** What the code calls it, to replace it later. */
  displayId?: string | undefined;
  /** True: it replaces the earlier one with this `displayId`. */
  update?: boolean | undefined;
}

/** A script: its address, or a function that gives its text. The frame is of another origin, and not every server lets it have a script. */
export type ChartScript = string | (() => string | Promise<string>);

/** What draws charts: a script, several in this order, or the address of an ES module that may be loaded from any origin. */
export type ChartLibrary = ChartScript | ChartScript[] | ChartModule;

/** An ES module that draws charts. */
export interface ChartModule {
  /** Its address. */
  module: string;
}

/** What draws which charts. */
export interface ChartLibraries {
  /** For `application/vnd.plotly.v1+json`. */
  plotly?: ChartLibrary | undefined;
  /** For Vega and Vega-Lite. */
  vega?: ChartLibrary | undefined;
}

/** How to show results. */
export interface RenderOptions {
  /** Default: dark where the element's text is light. Call `render` again when the page's theme changes. */
  theme?: "light" | "dark" | undefined;
  /** Whether scripts in HTML run, in their frame. Default: true. */
  allowScripts?: boolean | undefined;
  /**
   * What draws charts: plotly.js; vega, vega-lite and vega-embed. It is loaded in the chart's frame, with the first chart.
   *
   * ```ts
   * import { render } from "codecell/render";
   *
   * const libraries = {
   *   plotly: "https://cdn.jsdelivr.net/npm/plotly.js-dist-min@3/plotly.min.js",
   *   vega: ["vega@6", "vega-lite@6", "vega-embed@7"].map((name) => `https://cdn.jsdelivr.net/npm/${name}`),
   * };
   * render({ data: { "application/vnd.vegalite.v6+json": { mark: "point" } } }, document.body, { libraries });
   * ```
   */
  libraries?: ChartLibraries | undefined;
  /**
   * Shows further types, or these in another way. A node that the function returns is put into the page as it is: it must be safe. A string is HTML
   * for a frame without scripts. Undefined: not this value.
   */
  types?: Record<string, (value: any, metadata: Record<string, any>) => Node | string | undefined> | undefined;
  /** From where HTML and charts may load scripts, styles, pictures and data, such as `https://cdn.jsdelivr.net`. Default: nowhere. */
  sources?: string[] | undefined;
  /**
   * The address of a copy of the package's `render/frame.html`, served with a policy of its own. For pages whose Content-Security-Policy forbids inline
   * scripts, which holds for frames without an address too.
   */
  frame?: string | undefined;
  /** How high a frame grows, in pixels; more is scrolled. Default: 800. */
  maxHeight?: number | undefined;
  /**
   * Called when a link to a web page is clicked in HTML, which can't open it itself. A hostile script can call it at any time: ask the person first, or open only
   * addresses that you know. Default: nothing happens.
   */
  onLink?: ((url: string) => void) | undefined;
  /**
   * Called when the mouse wheel turns over a frame in which nothing scrolls, with the pixels to scroll down. Where the page scrolls as pages do, the browser scrolls it
   * by itself; this is for pages that scroll by scripts. A hostile script can call it at any time. Default: nothing happens.
   */
  onWheel?: ((pixels: number) => void) | undefined;
}

/** How to show results in a list. */
export interface ResultListOptions extends RenderOptions {
  /** How many results stay; the oldest go. Default: 100. */
  limit?: number | undefined;
}

/** Results one below the other. Made by {@link resultList}. */
export interface ResultList {
  /** Shows a result: as the last one, or in place of those that it updates. It does what `clear_output()` asks for, too. */
  add(result: MimeBundle): void;
  /** Removes all. */
  clear(): void;
}

/**
 * Shows a result in an element, in place of what it held. It takes the richest form that it can show, and whatever the result holds, it does not throw: what it does
 * not know it shows as text. Called again with the same element it updates: a picture changes without flicker, a chart keeps its library.
 *
 * @returns The MIME type that it took at first; `""` if it knows none of them.
 */
export function render(result: MimeBundle, element: HTMLElement, options?: RenderOptions): string;

/**
 * Shows results one below the other, as a notebook does: for `onResult`.
 *
 * ```ts
 * import { resultList } from "codecell/render";
 *
 * const list = resultList(document.querySelector<HTMLElement>("#results")!);
 * list.add({ data: { "text/plain": "42" } });
 * ```
 */
export function resultList(element: HTMLElement, options?: ResultListOptions): ResultList;
