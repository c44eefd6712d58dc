/**
 * The files of a toolbox: an entry of its own, which a page downloads only if it imports it.
 *
 * ```ts
 * import { connect } from "codecell";
 * import { files } from "codecell/files";
 *
 * const interpreter = await connect({ toolboxUrl: "http://127.0.0.1:2280", token: "…" });
 * const { write, readText } = files(interpreter);
 * await write("data/in.csv", "a,b\n1,2\n");
 * await interpreter.runCode("open('out.txt', 'w').write(open('data/in.csv').read().upper())");
 * console.log(await readText("out.txt")); // "A,B\n1,2\n"
 * ```
 *
 * @packageDocumentation
 */

import type { DaytonaError } from "../errors.js";
import type { CodeInterpreter, RequestOptions } from "../types.js";

/** What the toolbox says of a file, a folder or a link. */
export interface FileInfo {
  /** Its path, which every method here takes. */
  path: string;
  /** Its name, without the folder. */
  name: string;
  /** Its size in bytes. */
  size: number;
  /** Whether it is a folder. */
  isDir: boolean;
  /** When it was last changed: RFC 3339, UTC. */
  modifiedAt: string;
  /** Kind and rights as text, such as `-rw-r--r--`. */
  mode: string;
  /** Rights in octal, such as `0644`. */
  permissions: string;
  /** Its owner. */
  owner: string;
  /** Its group. */
  group: string;
}

/** A line in which a text was found. */
export interface FoundLine {
  /** The file's path. */
  file: string;
  /** The line's number, from 1. */
  line: number;
  /** The line, without its end. */
  content: string;
}

/** What a file can be written from. Strings become UTF-8. A stream has to give bytes or strings. */
export type FileData = string | Blob | ArrayBuffer | ArrayBufferView | ReadableStream<Uint8Array> | ReadableStream<string>;

/** A file to write. */
export interface FileToWrite {
  /** Where to. */
  path: string;
  /** What is in it. */
  data: FileData;
}

/** A file that was written. */
export interface WrittenFile {
  /** Its path. */
  path: string;
  /** Its size in bytes. */
  bytes: number;
}

/** How far an upload is. */
export interface UploadProgress {
  /** How many bytes of the files were sent. */
  loaded: number;
  /** How many there are; undefined while a stream does not say. */
  total: number | undefined;
}

/** How to upload. */
export interface UploadOptions extends RequestOptions {
  /**
   * Called while the upload goes on, at last with all of it. If it throws, the upload ends and rejects with what was thrown. With a `fetch` of your own
   * in a browser it is called once, at the end: a browser's `fetch` does not tell how much it has sent.
   */
  onProgress?: ((progress: UploadProgress) => void) | undefined;
}

/** A file that a call could not deal with. */
export interface FailedFile {
  /** Its path, as it was given. */
  path: string;
  /** Why, in the toolbox's words. */
  message: string;
}

/** What `write`, `uploadMany` and `replace` reject with if the toolbox refuses some files or all: an error of the usual class that names each of them. */
export interface FilesError extends DaytonaError {
  /** The files that failed. The others were written. */
  readonly failed: FailedFile[];
}

/** The files of a toolbox. Paths are relative to its work folder, or absolute. Every method can be used without its object. */
export interface Files {
  /** Lists a folder. Default: the work folder. `depth` says how many levels, from 1; a stock Daytona toolbox may list only one. */
  list(path?: string, options?: RequestOptions & { depth?: number | undefined }): Promise<FileInfo[]>;
  /** Describes a file or folder. */
  info(path: string, options?: RequestOptions): Promise<FileInfo>;
  /** Reads a file whole. If the connection breaks, it rejects with the code `CONNECTION_LOST`: a part of a file is never returned as the file. */
  read(path: string, options?: RequestOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** Reads a file as UTF-8. Invalid bytes become U+FFFD; a byte order mark is left out. */
  readText(path: string, options?: RequestOptions): Promise<string>;
  /** Reads a file piece by piece. It rejects if the file can't be read; the stream fails if the connection breaks before the file's end. */
  stream(path: string, options?: RequestOptions): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /**
   * Writes a file, and the folders that it needs. The file gets its name once it is whole. A stream is sent as it is read in Node, Deno and Bun; a browser
   * collects it first, as a `Blob`.
   */
  write(path: string, data: FileData, options?: UploadOptions): Promise<WrittenFile>;
  /** Writes many files with one request. If some fail it rejects with a {@link FilesError}, and the others are written. */
  uploadMany(files: readonly FileToWrite[], options?: UploadOptions): Promise<WrittenFile[]>;
  /** Makes a folder and its parents. `mode` is octal, such as `"0755"`, which is the default. */
  makeFolder(path: string, options?: RequestOptions & { mode?: string | undefined }): Promise<void>;
  /** Removes a file; a folder only with `recursive: true`. */
  remove(path: string, options?: RequestOptions & { recursive?: boolean | undefined }): Promise<void>;
  /** Moves or renames. Rejects with a `DaytonaConflictError` if the destination exists. */
  move(source: string, destination: string, options?: RequestOptions): Promise<void>;
  /** Changes rights (octal, such as `"0600"`), owner or group. */
  setPermissions(path: string, options: RequestOptions & { mode?: string | undefined; owner?: string | undefined; group?: string | undefined }): Promise<void>;
  /** Finds files whose names match a pattern, such as `*.py`, in a folder and below it. */
  search(path: string, pattern: string, options?: RequestOptions): Promise<string[]>;
  /** Finds lines that contain a text, in the text files of a folder and below it. */
  find(path: string, text: string, options?: RequestOptions): Promise<FoundLine[]>;
  /** Replaces each occurrence of a text in these files. If some fail it rejects with a {@link FilesError}. */
  replace(paths: readonly string[], text: string, replacement: string, options?: RequestOptions): Promise<void>;
}

/** The files of an interpreter's toolbox. */
export function files(interpreter: Pick<CodeInterpreter, "request">): Files;
