/** What a run wrote: the files that it created or changed. */

/** A file that was created or changed while the code ran. */
export interface WrittenFile {
  /** Its path in the workspace, as `read` of `codecell/files` takes it. */
  path: string;
  /** Its size in bytes, when the code had ended. */
  size: number;
  /** True if there was no file of this path before, false if it was changed. */
  created: boolean;
}

/** Option for the files that the code writes. */
export interface FilesOptions {
  /**
   * True: codecell-server finds out which files the code creates or changes, child processes included, and the result has them as `files`. It compares the workspace before
   * and after the run: three milliseconds for a thousand files. A stock Daytona toolbox ignores it. Default: false.
   *
   * ```ts
   * import { connect } from "codecell";
   *
   * const interpreter = await connect({ toolboxUrl: "http://127.0.0.1:2280", token: "…" });
   * const { files } = await interpreter.runCode("open('hello.txt', 'w').write('hello')", { files: true });
   * console.log(files); // [{ path: "hello.txt", size: 5, created: true }]
   * ```
   */
  files?: boolean | undefined;
}

/** The files in a result. */
export interface WrittenFiles {
  /**
   * The files of the workspace that were created or changed while the code ran, by path; those that were deleted are not listed. Left out are directories, links, names
   * that begin with a dot, and `__pycache__`. Absent if they were not asked for, if the code did not run, and from a stock Daytona toolbox.
   */
  files?: WrittenFile[];
  /** True if there may be more: the workspace has more than 10,000 files, or the code wrote more than 1000. Absent otherwise. */
  filesTruncated?: boolean;
}
