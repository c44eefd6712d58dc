import { autocompletion, type Completion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { localCompletionSource } from "@codemirror/lang-python";
import type { Extension } from "@codemirror/state";
import { hoverTooltip, type EditorView, type Tooltip } from "@codemirror/view";
import type { Completions, Inspection } from "codecell";

/** What the current context says about code; undefined without a connection. */
export interface Insight {
  complete(code: string, offset: number, signal: AbortSignal): Promise<Completions> | undefined;
  inspect(code: string, offset: number): Promise<Inspection | null> | undefined;
}

/** Longer files are not sent with each key. */
const MAX_CHARACTERS = 200_000;
const BEFORE = /[\p{L}\p{N}_./]+$/u;
const WORD = /^[\p{L}\p{N}_]*$/u;

/** Completion from the names of the current context, and documentation under the mouse. */
export function insight(asked: Insight): Extension {
  return [
    autocompletion({ override: [(context) => complete(asked, context)], icons: false }),
    hoverTooltip((view, position) => describe(asked, view, position), { hideOnChange: true }),
  ];
}

/** What Python says, or else the names that the file itself has. */
async function complete(asked: Insight, context: CompletionContext): Promise<CompletionResult | null> {
  const { state, pos } = context;
  if ((!context.explicit && !context.matchBefore(BEFORE)) || state.doc.length > MAX_CHARACTERS) return null;
  const stop = new AbortController();
  context.addEventListener("abort", () => stop.abort());
  try {
    const found = await asked.complete(state.doc.toString(), pos, stop.signal);
    if (found) return result(found, pos, state.sliceDoc(found.from, pos));
  } catch {
    // No connection, a toolbox that can't say, or Python is busy: the file's own names are better than nothing.
  }
  return context.aborted ? null : localCompletionSource(context);
}

function result({ from, items }: Completions, pos: number, word: string): CompletionResult | null {
  // There is nothing to offer, or the word is already complete.
  if (items.length === 0 || (items.length === 1 && items[0]?.label === word)) return null;
  const options = items.map(({ label, type, detail, info }, rank): Completion => ({
    label,
    type,
    boost: -rank / 4,
    ...(detail && { detail }),
    ...(info && { info }),
  }));
  return { from, to: pos, options, validFor: WORD };
}

async function describe(asked: Insight, view: EditorView, position: number): Promise<Tooltip | null> {
  if (view.state.doc.length > MAX_CHARACTERS) return null;
  let said: Inspection | null | undefined;
  try {
    said = await asked.inspect(view.state.doc.toString(), position);
  } catch {
    return null;
  }
  // Not for the function that a call of which is under the mouse: only for the name itself.
  if (!said || position < said.from || position > said.to) return null;
  const { from, to, data } = said;
  return {
    pos: from,
    end: to,
    above: false,
    create: () => {
      const dom = document.createElement("div");
      dom.className = "cm-documentation";
      dom.textContent = data["text/plain"];
      return { dom };
    },
  };
}
