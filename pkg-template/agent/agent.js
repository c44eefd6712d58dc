// Makes a stock Daytona toolbox exact: each run goes through Python of the client's own, which is installed in the worker of its context.
// Loaded when such a toolbox is met. docs/daytona.md says what it runs there, and how to turn it off.

import { AgentRun, DEFAULT_TIMEOUT } from "./run.js";
import { agent } from "./source.js";

/** How long a command in the sandbox may take, in seconds. */
const COMMAND_SECONDS = 10;

/** The agents of one toolbox. */
export class Agent {
  /** Whether one could not be installed: the runs go on without. */
  isBroken = false;
  /** Where runs are reached by files; empty if the sandbox has no place for them, undefined before the first run. */
  directory;
  /** Workers to which the end of a dead run was written, and when. */
  ended = new Map();
  /** The process of the toolbox, once a run has begun. */
  parent;
  #request;
  #connect;
  #contexts = new Map();

  /** `request` is the interpreter's, `connect` opens another socket for a run. */
  constructor(request, connect) {
    this.#request = request;
    this.#connect = connect;
  }

  /** Sends a run's request by its socket; the events go where those of a plain socket would. */
  start(socket, request, fastPath, report) {
    return new AgentRun(this, socket, JSON.parse(request), fastPath, report);
  }

  connect() {
    return this.#connect();
  }

  /** What is known of a context: its runs, and of its worker the process and what of the agent it has. */
  context(id = "default") {
    if (!this.#contexts.has(id)) this.#contexts.set(id, { runs: new Set() });
    return this.#contexts.get(id);
  }

  /** Whether a process is known to be the worker of another context than this one. */
  isOther(pid, own) {
    return [...this.#contexts.values()].some((context) => context !== own && context.pid === pid);
  }

  /** The worker of a context has no agent any more: the next run installs it. */
  forget(context) {
    context.isInstalled = context.hasResults = context.hasInsight = false;
  }

  /** The code that runs a request in a worker. */
  wrap({ code, stdin, name, results, timeout }, marker, isInstalled, more) {
    const options = { stdin: stdin ? 1 : undefined, credit: 1, name, results: results ? LARGEST_RESULT : undefined, timeout: timeout ?? DEFAULT_TIMEOUT };
    return `${this.find(isInstalled, more)}.run(${JSON.stringify(code)},'${marker}',${JSON.stringify(options)})`;
  }

  /** Python for the agent in a worker, which brings it along unless it `isInstalled`, and `more` programs if there are any. */
  find(isInstalled, more) {
    const found = isInstalled
      ? `__import__('sys').modules['${agent.name}']`
      : `(lambda p,n:(exec(p['codecell.agent.start'],n),n['install']('${agent.name}',p))[1])(${programs(agent.programs)},{})`;
    return more ? `${found}.add(${programs(more)})` : found;
  }

  /** Answers a question about the names in a context, or restarts it. */
  async ask(...given) {
    return (await import("./questions.js")).ask(this, ...given);
  }

  /** Gets a context going again whose worker has died unheard, and says whether that worked. */
  async revive(id) {
    if (!this.parent) return false;
    const context = this.context(id);
    const { revive } = await import("./revival.js");
    context.revival ??= revive(this, id, context).catch(() => false).finally(() => (context.revival = undefined));
    return context.revival;
  }

  /** A command that waits until a process is gone. */
  untilGone(pid) {
    return `n=0; while kill -s 0 ${pid} 2> /dev/null && [ $n -lt ${MOST_LOOKS} ]; do n=$((n + 1)); sleep 0.01; done`;
  }

  /** A command that ends the toolbox's current run: it writes the frame for that to a descriptor of a worker. */
  ending(control, pid, descriptor) {
    return `printf "{\\"type\\":\\"control\\",\\"text\\":\\"${control}\\"}\\n" > /proc/${pid}/fd/${descriptor};`;
  }

  /** Whether a context is gone: the toolbox answers once a deletion that has begun is over. */
  async isDeleted(id = "default") {
    if (id === "default") return false;
    const { contexts } = await (await this.#request("/process/interpreter/context")).json();
    return !contexts.some((context) => context.id === id);
  }

  /** Runs a command in the sandbox: text for a shell, with no apostrophe. Gives what it printed; throws if it fails. */
  async command(text) {
    const response = await this.#request("/process/execute", {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ command: `sh -c '${text}'`, timeout: COMMAND_SECONDS }),
      timeout: COMMAND_SECONDS,
    });
    const { exitCode, result } = await response.json();
    if (exitCode) throw new Error(`A command in the sandbox failed (${exitCode}): ${result}`);
    return result;
  }
}

/** How often a command looks whether a dying process is gone: every 10 ms. */
const MOST_LOOKS = 200;

/** The largest rich result, in bytes: that of codecell-server, too. */
const LARGEST_RESULT = 16 << 20;

/** Python that unpacks programs. */
function programs(packed) {
  return `__import__('json').loads(__import__('zlib').decompress(__import__('base64').b64decode('${packed}')))`;
}
