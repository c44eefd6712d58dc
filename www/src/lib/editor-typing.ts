import { EditorView } from "@codemirror/view";

/**
 * Puts text that is typed over a selection in its place itself. Chromium's own editing would carry the selected text's colours
 * over in `style` attributes, which the page's policy refuses, with a report for each.
 */
export const typingOverSelection = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { main } = view.state.selection;
    const text = event.data;
    if (event.inputType !== "insertText" || !text || event.isComposing || main.empty) return false;
    const replace = () => view.state.update(view.state.replaceSelection(text), { userEvent: "input.type", scrollIntoView: true });
    // The others that have a say in what is typed, brackets around a selection for one.
    if (!view.state.facet(EditorView.inputHandler).some((handler) => handler(view, main.from, main.to, text, replace))) view.dispatch(replace());
    event.preventDefault();
    return true;
  },
});
