// How results look in the page. It is a constructed style sheet, which a Content-Security-Policy without 'unsafe-inline' allows too, in a
// layer of its own, so that any rule of the page is stronger.

const CSS = `@layer codecell {
.codecell-result{color-scheme:light;--codecell-black:#1f2430;--codecell-red:#b42335;--codecell-green:#1a7040;--codecell-yellow:#855600;--codecell-blue:#2f4fc9;--codecell-magenta:#8a3396;--codecell-cyan:#0f6e7c;--codecell-white:#5b6372}
.codecell-result[data-theme=dark]{color-scheme:dark;--codecell-black:#8b93a3;--codecell-red:#ff8a94;--codecell-green:#7fd6a0;--codecell-yellow:#e8c069;--codecell-blue:#8ea6ff;--codecell-magenta:#dd9be6;--codecell-cyan:#76cfdd;--codecell-white:#dfe3ea}
.codecell-scroll{overflow:auto;max-height:40em}
.codecell-text,.codecell-json{margin:0;font:.93em/1.45 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.codecell-text{white-space:pre;tab-size:8}
.codecell-json{overflow-wrap:anywhere}
.codecell-json :is(details,div,button){margin-left:1.5em}
.codecell-json summary{cursor:pointer}
.codecell-key{color:var(--codecell-blue)}
.codecell-table{border-collapse:collapse;font-variant-numeric:tabular-nums}
.codecell-table :is(th,td){padding:.25em .7em;text-align:right;border-bottom:1px solid color-mix(in srgb,currentColor 18%,transparent)}
.codecell-table thead :is(th,td){border-bottom-color:currentColor}
.codecell-table tbody tr:nth-child(even){background:color-mix(in srgb,currentColor 5%,transparent)}
.codecell-image{display:block;max-width:100%;height:auto;background:#fff}
.codecell-frame{display:block;width:100%;border:0}
.codecell-note{margin:.5em 0;font-size:.9em;font-style:italic}
}`;

const styled = new WeakSet();

/** Gives the document or the shadow tree of an element the style sheet. */
export function adoptStyles(element) {
  const tree = element.getRootNode();
  if (styled.has(tree) || !tree.adoptedStyleSheets) return;
  const sheet = new (element.ownerDocument.defaultView.CSSStyleSheet)();
  sheet.replaceSync(CSS);
  tree.adoptedStyleSheets = [...tree.adoptedStyleSheets, sheet];
  styled.add(tree);
}

/** Whether an element's text is light: then its background is dark. */
export function isDark(element) {
  const { color } = getComputedStyle(element);
  const [first = 0, second = 0, third = 0] = (color.match(/[\d.]+/g) ?? []).map(Number);
  if (/^(ok)?l/.test(color)) return first > (color.startsWith("ok") ? 0.6 : 60);
  return first * 0.3 + second * 0.59 + third * 0.11 > (color.startsWith("rgb") ? 128 : 0.5);
}
