import { startToolbox } from "../lib/toolbox.mjs";

/** The real toolbox, with the real page. */
export class Toolbox {
  readonly #server: Awaited<ReturnType<typeof startToolbox>>;

  private constructor(server: Awaited<ReturnType<typeof startToolbox>>) {
    this.#server = server;
  }

  get url(): string { return this.#server.url; }
  get token(): string { return this.#server.token; }
  /** The address that a person opens: the page, with the token in its fragment. */
  get page(): string { return this.#server.page; }

  static async start({ port = "0", token, options = [] }: { port?: string; token?: string; options?: string[] } = {}): Promise<Toolbox> {
    const www = process.env["CODECELL_WWW"];
    if (!www) throw new Error('start the suite with "npm test": it says which server and which page to use');
    return new Toolbox(await startToolbox(["--www", www, ...(token ? ["--token", token] : []), ...options], { port }));
  }

  /** Contexts outlive their page, and the next page would show them. */
  async deleteContexts(): Promise<void> {
    const address = `${this.url}/process/interpreter/context`;
    const headers = { Authorization: `Bearer ${this.token}` };
    const answer = await fetch(address, { headers });
    const { contexts } = (await answer.json()) as { contexts: { id: string }[] };
    await Promise.all(contexts.map(({ id }) => fetch(`${address}/${id}`, { method: "DELETE", headers })));
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    await this.#server.stop(signal);
  }

  /** As a laptop that lost its server and has it again: same port, same token, nothing else kept. */
  async restart(): Promise<Toolbox> {
    return Toolbox.start({ port: new URL(this.url).port, token: this.token });
  }
}
