import { closeBrackets, closeBracketsKeymap, closeCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyField, historyKeymap, indentWithTab, isolateHistory } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, StateEffect, StateField, Transaction, type Extension } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers, type DecorationSet } from "@codemirror/view";
import { dedent, titleOf } from "./code-text";
import type { RunRequest } from "./context.svelte";
import { insight, type Insight } from "./editor-insight";
import { editorLook } from "./editor-look";
import { typingOverSelection } from "./editor-typing";
import type { CodeFile } from "./files.svelte";
import { statementLines } from "./statement";
import { isRecord } from "./storage";
import { texts } from "./texts";
import type { FailedPlace } from "./traceback";

export interface EditorActions extends Insight {
  run(): void;
  runPart(): void;
  stop(): boolean;
  edited(): void;
}

const STATE_FIELDS = { history: historyField };

const markPlace = StateEffect.define<FailedPlace | null>();
const failedRange = Decoration.mark({ class: "cm-failed-range" });
const failedLine = Decoration.line({ class: "cm-failed", attributes: { "aria-invalid": "true" } });

/** The line that an error came from; an edit takes the mark away. */
const markedLine = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(markPlace)) return marksAt(transaction.state, effect.value);
    }
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** The marks of a place; of its line alone where the text is not the one that ran any more. */
function marksAt({ doc }: EditorState, place: FailedPlace | null): DecorationSet {
  if (!place || place.line > doc.lines) return Decoration.none;
  const line = doc.line(place.line);
  const marks = [failedLine.range(line.from)];
  if (place.range && place.range.endLine <= doc.lines) {
    const last = doc.line(place.range.endLine);
    const from = line.from + place.range.column;
    const to = last.from + place.range.endColumn;
    if (from < to && from < line.to && to <= last.to) marks.push(failedRange.range(from, to));
  }
  return Decoration.set(marks);
}

function extensions(actions: EditorActions): Extension {
  return [
    keymap.of([
      // An open list of completions would take the Escape that stops what runs.
      { key: "Mod-Enter", run: (view) => (closeCompletion(view), actions.run(), true) },
      { key: "Shift-Enter", run: (view) => (closeCompletion(view), actions.runPart(), true) },
      { key: "Mod-.", run: () => (actions.stop(), true) },
    ]),
    lineNumbers(),
    history(),
    drawSelection(),
    indentOnInput(),
    indentUnit.of("    "),
    bracketMatching(),
    closeBrackets(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSelectionMatches(),
    search({ top: true }),
    keymap.of([
      ...closeBracketsKeymap,
      ...searchKeymap,
      // After the search panel, which Escape closes first.
      { key: "Escape", run: () => actions.stop() },
      ...defaultKeymap,
      ...historyKeymap,
      indentWithTab,
    ]),
    python(),
    typingOverSelection,
    insight(actions),
    markedLine,
    editorLook,
    EditorState.phrases.of(texts.editorPhrases),
    EditorView.contentAttributes.of({ "aria-label": texts.editor }),
    EditorView.updateListener.of((update) => {
      const fromElsewhere = update.transactions.some((transaction) => transaction.annotation(Transaction.remote));
      if ((update.docChanged || update.selectionSet) && !fromElsewhere) actions.edited();
    }),
  ];
}

/** In a shadow root, because only there does CodeMirror use constructed style sheets, which `style-src 'self'` allows. */
export function openEditor(host: HTMLElement, file: CodeFile, actions: EditorActions): EditorView {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  return new EditorView({ state: stateOf(file, actions), parent: root, root });
}

/** The file as it was left, with its undo history; or just its code, if that record is from another version. */
export function stateOf(file: CodeFile, actions: EditorActions): EditorState {
  const config = { doc: file.code, extensions: extensions(actions) };
  try {
    if (isRecord(file.editor)) return EditorState.fromJSON({ ...file.editor, doc: file.code }, config, STATE_FIELDS);
  } catch {
    // Falls through: the record can't be read.
  }
  return EditorState.create(config);
}

/** Shows the text that another tab of the browser wrote; undo brings back the old one. */
export function replaceText(view: EditorView, code: string): void {
  const { doc } = view.state;
  if (doc.toString() === code) return;
  view.dispatch({ changes: { from: 0, to: doc.length, insert: code }, annotations: [Transaction.remote.of(true), isolateHistory.of("full")] });
}

/** Cursor and undo history. The text itself is saved with the file. */
export function serialize(view: EditorView): unknown {
  const { selection, history } = view.state.toJSON(STATE_FIELDS);
  return { selection, history };
}

export function wholeFile(view: EditorView, { id, name }: { id: string; name: string }): RunRequest {
  const code = view.state.doc.toString();
  return { code, title: titleOf(code), source: { fileId: id, name, indent: 0 } };
}

/** The statements of the selected lines, or of the cursor's line; then the cursor goes to the next line. Shared indentation is removed. */
export function partOfFile(view: EditorView, { id, name }: { id: string; name: string }): RunRequest {
  const { state } = view;
  const { from, to, empty } = state.selection.main;
  const start = state.doc.lineAt(from);
  const end = state.doc.lineAt(to > from ? to - 1 : to);
  // A selection that ends within a block takes all of the block, as half of it would not run.
  const first = statementLines(state, start)?.first ?? start;
  const last = statementLines(state, end)?.last ?? end;
  if (empty && last.number < state.doc.lines) {
    view.dispatch({ selection: { anchor: state.doc.line(last.number + 1).from }, scrollIntoView: true });
  }
  const selected = state.sliceDoc(first.from, last.to);
  const code = dedent(selected);
  const indent = indentOf(selected) - indentOf(code);
  // Empty lines ahead, so that tracebacks name the file's lines; a name of its own, as it is not all of the file.
  return { code: "\n".repeat(first.number - 1) + code, title: titleOf(code), source: { fileId: id, name: texts.partOf(name), indent } };
}

function indentOf(code: string): number {
  return code.search(/\S|$/) - (code.lastIndexOf("\n", code.search(/\S|$/)) + 1);
}

export function goToLine(view: EditorView, number: number): void {
  const line = view.state.doc.line(Math.min(Math.max(number, 1), view.state.doc.lines));
  view.dispatch({ selection: { anchor: line.from }, effects: [markPlace.of({ line: line.number }), EditorView.scrollIntoView(line.from, { y: "center" })] });
  view.focus();
}

export function markFailed(view: EditorView, place: FailedPlace | undefined): void {
  view.dispatch({ effects: markPlace.of(place ?? null) });
}
