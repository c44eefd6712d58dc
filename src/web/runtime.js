// Where the client runs: a page, a worker, or a program on a server.

/** A page: there is a document, whose visitors can read every script. */
export const isPage = () => typeof document === "object" && document !== null;

/** Node, Deno or Bun, whose process has Node's version. A bundler may give a page a process as well. */
export const isServer = () => typeof globalThis.process?.versions?.node === "string" && !isPage();
