/** Rich results: pictures, tables and values, as notebooks show them. */

/**
 * Something that the code shows beside text: Jupyter's MIME bundle. It has the same thing in several forms, of which a page shows the best
 * that it can.
 */
export interface RichResult {
  /**
   * By MIME type. `text/…`: a string. Binary types such as `image/png`: base64. JSON types such as `application/json` or
   * `application/vnd.plotly.v1+json`: any JSON value. There is nearly always a `text/plain`.
   *
   * `application/vnd.codecell.clear+json` is what `clear_output()` sends, alone: everything that this run has shown so far, text and results, is
   * to be removed; with `{ wait: true }`, when the next of either comes.
   */
  data: Record<string, unknown>;
  /** More about some of them, by MIME type: `{ "image/png": { width: 640, height: 480 } }`, in CSS pixels. */
  metadata: Record<string, unknown>;
  /** True for the value of the last expression; false for what `display()` or a library shows. */
  isMainResult: boolean;
  /** What the code calls it, to replace it later. */
  displayId?: string;
  /** True: it replaces the earlier results of this `displayId`, also those of earlier runs. */
  update: boolean;
}

/** Options for rich results. */
export interface ResultOptions {
  /**
   * Called with each rich result, in order with the output. A returned promise is awaited before the next call. Needs
   * codecell-server; a stock Daytona toolbox sends none.
   *
   * ```ts
   * import { connect } from "codecell";
   *
   * const interpreter = await connect({ toolboxUrl: "http://127.0.0.1:2280", token: "…" });
   * await interpreter.runCode("import matplotlib.pyplot as plt\nplt.plot([1, 4, 9])\nplt.show()", {
   *   onResult: ({ data }) => {
   *     const image = new Image();
   *     image.src = `data:image/png;base64,${data["image/png"]}`;
   *     document.body.append(image);
   *   },
   * });
   * ```
   */
  onResult?: ((result: RichResult) => void | Promise<void>) | undefined;
}

/** A rich result among the events of {@link CodeInterpreter.streamCode}. */
export interface ResultEvent extends RichResult {
  /** Tells it from output. */
  type: "result";
}
