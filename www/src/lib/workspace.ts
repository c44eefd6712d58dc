import type { FileInfo } from "codecell/files";

/** The files to show: those that changed last come first. Hidden ones are the toolbox's and the tools' own. */
export function newestFirst(files: FileInfo[]): FileInfo[] {
  const shown = files.filter(({ name }) => !name.startsWith("."));
  return shown.sort((a, b) => Number(a.isDir) - Number(b.isDir) || Date.parse(b.modifiedAt) - Date.parse(a.modifiedAt) || a.name.localeCompare(b.name));
}

/** A file's size, and when it was changed. */
export function describe({ size, modifiedAt }: FileInfo): string {
  const units = ["bytes", "KB", "MB", "GB"];
  let [value, unit] = [size, 0];
  for (; value >= 1000 && unit < units.length - 1; unit += 1) value /= 1000;
  const time = new Date(modifiedAt).toLocaleTimeString();
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? ""}, ${time}`;
}
