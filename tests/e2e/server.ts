import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** The real toolbox, with the real page. */
export class Toolbox {
  readonly url: string;
  /** The address that a person opens: the page, with the token in its fragment. */
  readonly page: string;
  readonly token: string;
  #process: ChildProcess;

  private constructor(process: ChildProcess, page: string) {
    this.#process = process;
    this.page = page;
    this.url = new URL(page).origin;
    this.token = new URLSearchParams(new URL(page).hash.slice(1)).get("token") ?? "";
  }

  static async start({ port = "0", token, options = [] }: { port?: string; token?: string; options?: string[] } = {}): Promise<Toolbox> {
    const { CODECELL_SERVER: binary, CODECELL_WWW: www } = process.env;
    if (!binary || !www) throw new Error('start the suite with "npm test": it says which server and which page to use');
    const child = spawn(binary, ["--port", port, "--www", www, ...(token ? ["--token", token] : []), ...options], { stdio: ["ignore", "pipe", "pipe"] });
    let complaints = "";
    child.stderr.on("data", (text) => (complaints += text));
    for await (const line of createInterface({ input: child.stdout })) {
      const page = /^Playground:\s+(\S+)/.exec(line)?.[1];
      if (page) {
        child.stdout.resume();
        return new Toolbox(child, page);
      }
    }
    throw new Error(`the server ended before it said where the playground is:\n${complaints}`);
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill(signal);
    await ended;
  }

  /** As a laptop that lost its server and has it again: same port, same token, nothing else kept. */
  async restart(): Promise<Toolbox> {
    return Toolbox.start({ port: new URL(this.url).port, token: this.token });
  }
}
