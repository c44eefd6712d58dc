import type { CodeInterpreter } from "codecell";
import { files, type FileInfo } from "codecell/files";
import { saveFile } from "./save-file";
import { texts } from "./texts";

/** The files to show: those that changed last come first. Hidden ones are the toolbox's and the tools' own. */
export function newestFirst(files: FileInfo[]): FileInfo[] {
  const shown = files.filter(({ name }) => !name.startsWith("."));
  return shown.sort((a, b) => Number(a.isDir) - Number(b.isDir) || Date.parse(b.modifiedAt) - Date.parse(a.modifiedAt) || a.name.localeCompare(b.name));
}

/** Saves a file of the workspace on this computer. */
export async function download(interpreter: CodeInterpreter | undefined, path: string, signal?: AbortSignal): Promise<void> {
  if (!interpreter) throw new Error(texts.workspace.disconnected);
  saveFile(path.slice(path.lastIndexOf("/") + 1), new Blob([await files(interpreter).read(path, { signal })]));
}

/** A file's size, and when it was changed. */
export function describe({ size, modifiedAt }: FileInfo): string {
  return `${sizeOf(size)}, ${new Date(modifiedAt).toLocaleTimeString()}`;
}

/** A number of bytes as people read it. */
export function sizeOf(size: number): string {
  const units = ["bytes", "KB", "MB", "GB"];
  let [value, unit] = [size, 0];
  for (; value >= 1000 && unit < units.length - 1; unit += 1) value /= 1000;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? ""}`;
}
