import type { ITheme } from "@xterm/xterm";

/** Both meet AA (4.5:1) against their background, in all sixteen colours but the two that are meant to vanish. */
const light: ITheme = {
  background: "#ffffff", foreground: "#1f2430", cursor: "#3757d6", selectionBackground: "#cfd9fb",
  black: "#1f2430", red: "#b42335", green: "#1a7040", yellow: "#885800", blue: "#2f4fc9", magenta: "#8a3396", cyan: "#0f6e7c", white: "#5b6372",
  brightBlack: "#667085", brightRed: "#c02a3d", brightGreen: "#1d7a46", brightYellow: "#8f5d00", brightBlue: "#3757d6", brightMagenta: "#973ba3", brightCyan: "#117583", brightWhite: "#1f2430",
};

const dark: ITheme = {
  background: "#11141a", foreground: "#dfe3ea", cursor: "#8ea6ff", selectionBackground: "#33406b",
  black: "#8b93a3", red: "#ff8a94", green: "#7fd6a0", yellow: "#e8c069", blue: "#8ea6ff", magenta: "#dd9be6", cyan: "#76cfdd", white: "#dfe3ea",
  brightBlack: "#8b93a3", brightRed: "#ffa0a8", brightGreen: "#98e3b4", brightYellow: "#f2d08a", brightBlue: "#a9bbff", brightMagenta: "#e8b3ef", brightCyan: "#97dfea", brightWhite: "#ffffff",
};

export function terminalTheme(isDark: boolean): ITheme {
  return isDark ? dark : light;
}
