import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** The editor's colours are the page's custom properties, so one rule serves both themes. */
const theme = EditorView.theme({
  "&": { height: "100%", color: "var(--text)", backgroundColor: "var(--surface)", fontSize: "13.5px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", overflow: "auto" },
  ".cm-content": { padding: "12px 0", caretColor: "var(--accent)" },
  ".cm-line": { padding: "0 16px 0 8px" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--faint)", border: "none", paddingLeft: "8px" },
  ".cm-activeLine": { backgroundColor: "var(--active-line)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--selection)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--selection)", outline: "none" },
  ".cm-selectionMatch, .cm-searchMatch": { backgroundColor: "var(--match)" },
  ".cm-failed": { backgroundColor: "var(--bad-soft)", boxShadow: "inset 3px 0 0 var(--bad)" },
  ".cm-panels": { backgroundColor: "var(--panel)", color: "var(--text)", borderBottom: "1px solid var(--line)" },
  ".cm-panel.cm-search": { fontFamily: "var(--sans)", padding: "8px 36px 8px 12px" },
  ".cm-panel.cm-search [name=close]": { color: "var(--text)", fontSize: "20px", top: "6px", right: "10px", minWidth: "24px", minHeight: "24px" },
  ".cm-panel.cm-search label": { display: "inline-flex", alignItems: "center", gap: "4px", fontSize: "13px" },
  ".cm-textfield, .cm-button": {
    fontFamily: "var(--sans)",
    backgroundImage: "none", backgroundColor: "var(--surface)", color: "var(--text)", border: "1px solid var(--line-strong)", borderRadius: "6px", padding: "3px 8px", fontSize: "13px",
  },
  ".cm-tooltip": { backgroundColor: "var(--surface)", color: "var(--text)", border: "1px solid var(--line-strong)", borderRadius: "6px", overflow: "hidden" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-completionDetail": { color: "var(--muted)", fontStyle: "normal" },
  ".cm-completionInfo, .cm-documentation": { maxWidth: "60ch", maxHeight: "40vh", padding: "6px 10px", overflow: "auto", fontSize: "13px" },
  ".cm-documentation": { fontFamily: "var(--mono)", whiteSpace: "pre-wrap" },
  "li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-failed-range": { textDecoration: "underline wavy var(--bad)", textUnderlineOffset: "3px" },
  // Colours chosen by the person leave no background and no shadow.
  "@media (forced-colors: active)": {
    ".cm-failed": { outline: "2px solid Highlight", outlineOffset: "-2px" },
    ".cm-activeLineGutter": { fontWeight: "600" },
    ".cm-selectionMatch, .cm-searchMatch": { outline: "1px solid CanvasText" },
    ".cm-searchMatch-selected, .cm-matchingBracket": { outline: "2px solid Highlight" },
    ".cm-selectionBackground": { forcedColorAdjust: "none", backgroundColor: "Highlight !important", opacity: "0.5" },
  },
});

const highlight = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.definitionKeyword, tags.moduleKeyword], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: tags.comment, color: "var(--code-comment)", fontStyle: "italic" },
  { tag: [tags.function(tags.variableName), tags.function(tags.definition(tags.variableName)), tags.definition(tags.className), tags.className], color: "var(--code-name)" },
  { tag: [tags.meta, tags.self], color: "var(--code-number)" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

export const editorLook = [theme, syntaxHighlighting(highlight)];
