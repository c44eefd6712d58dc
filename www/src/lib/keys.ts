/** What people call the key that CodeMirror calls Mod. */
export const commandKey = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "Cmd" : "Ctrl";
