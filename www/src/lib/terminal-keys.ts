import type { Terminal } from "@xterm/xterm";

/** Scrolls as a key says. True if the key is one of those. */
export function scrollByKey(xterm: Terminal, { key, ctrlKey, altKey, metaKey }: KeyboardEvent): boolean {
  if (ctrlKey || altKey || metaKey) return false;
  switch (key) {
    case "PageUp":
      xterm.scrollPages(-1);
      return true;
    case "PageDown":
      xterm.scrollPages(1);
      return true;
    case "Home":
      xterm.scrollToTop();
      return true;
    case "End":
      xterm.scrollToBottom();
      return true;
    case "ArrowUp":
      xterm.scrollLines(-1);
      return true;
    case "ArrowDown":
      xterm.scrollLines(1);
      return true;
    default:
      return false;
  }
}
