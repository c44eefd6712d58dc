// One run through the agent: from the frames of a stock toolbox to those of codecell-server. `python/codecell/agent/channel.py` is the other end.

import { closeSocket, listen, randomId } from "../connections.js";
import { CLOSED, FAILED, FRAME, read } from "../messages.js";

/** How long code may take to react to an interrupt before its process is killed, in milliseconds. */
const SWALLOWED_MS = 2_000;

/** How often a run is sent again where the toolbox has thrown it away after a death, and how long to wait each time, in milliseconds. */
const MOST_RETRIES = 20;
const RETRY_MS = 50;

/** The toolbox's reason for a close at the death of a worker. */
const DEATH = "worker process ended";

/** And at the end of a context. */
const DELETION = "context shutdown";

/** The frame for one after which the context works at once. */
const DIED = { type: "error", name: "WorkerDied", value: "", variablesLost: true };

/** The value of that error where no message had come from the run. */
const UNHEARD = "nothing had come from the code, which may have run or not";

/** How long a run waits before it first looks whether there is a worker to wait for, in milliseconds: then twice as long, and so on. */
const CHECK_MS = 1_000;

/** How far the clocks of both sides may differ, in milliseconds. */
const CLOCK_MS = 100;

/** How long after a death runs may be thrown away, in milliseconds. */
const DEATH_MS = 5_000;

/** The timeout of a run that names none, in seconds. */
export const DEFAULT_TIMEOUT = 600;

/** How long after its timeout code that ignores it is killed, at the earliest, in milliseconds. */
const KILLED_MS = 1_500;

/** What an event counts at least, and how much handlers have finished with before Python learns of it: characters, as `channel.py` counts. */
const LEAST_OF_AN_EVENT = 24 * 1024;
const CREDIT = 4 << 20;

/** How many characters of base64 a command takes. */
const PIECE = 64 * 1024;

export class AgentRun {
  #agent;
  #context;
  #request;
  #fastPath;
  #report;
  #socket;
  #unlisten;
  #marker = randomId();
  /** What is sent: nothing but a call, the agent with it, or, where it can't be installed, the plain code. */
  #mode;
  #retries = 0;
  /** The parts of a frame so far. */
  #parts = "";
  /** The worker's process and how to reach it, once the run has begun. */
  #process;
  #startedAt = Infinity;
  /** The Python error, until the end says what it means. */
  #error;
  #question = 0;
  /** The sizes of the events that handlers have not finished with, what they have finished with, and what Python knows of that. */
  #waiting = [];
  #finished = 0;
  #credited = 0;
  #isStopping = false;
  #killing;
  #checking;
  #hasFrames = false;
  #isDying = false;
  #isKilled = false;
  #isOver = false;

  constructor(agent, socket, request, fastPath, report) {
    this.#agent = agent;
    this.#request = request;
    this.#fastPath = fastPath;
    this.#report = report;
    this.#context = agent.context(request.contextId);
    this.#context.runs.add(this);
    this.#mode = agent.isBroken ? "plain" : this.#context.isInstalled ? "call" : "install";
    this.#use(socket);
    if (this.#mode !== "plain") this.#checking = setTimeout(() => this.#check(CHECK_MS), CHECK_MS);
  }

  #use(socket) {
    this.#socket = socket;
    this.#hasFrames = false;
    this.#unlisten = listen(socket, {
      open: () => this.#send(),
      message: ({ data }) => this.#take(read(data)),
      close: (event) => this.#closed(event),
    });
    if (socket.readyState === 1) this.#send();
  }

  async #send() {
    const socket = this.#socket;
    if (this.#mode === "plain") return socket.send(JSON.stringify(this.#request));
    const { contextId, timeout, envs, results } = this.#request;
    const more = results && !(this.#mode === "call" && this.#context.hasResults) ? (await import("./results-source.js")).results : undefined;
    if (this.#isOver) return;
    const isInstalled = this.#mode === "call" && this.#context.isInstalled;
    const code = this.#agent.wrap(this.#request, this.#marker, isInstalled, more);
    socket.send(JSON.stringify({ code, contextId, timeout, envs }));
  }

  /** Sends it once more, by another socket. The code has not run. */
  async #resend() {
    this.#unlisten();
    closeSocket(this.#socket);
    this.#socket = undefined;
    try {
      const socket = await this.#agent.connect();
      if (this.#isOver) closeSocket(socket);
      else this.#use(socket);
    } catch (error) {
      this.#report(FAILED, error);
    }
  }

  /** The worker has died before it said that the run began, which comes before all else: the code has not run. */
  #resendAfterDeath() {
    this.#unlisten();
    this.#agent.forget(this.#context);
    this.#context.diedAt = Date.now();
    this.#retries += 1;
    setTimeout(() => this.#isOver || this.#resend(), RETRY_MS);
  }

  #take(frame) {
    if (this.#isOver || this.#isDying || this.#isKilled) return;
    this.#hasFrames = true;
    if (frame.type !== "codecell") {
      if (frame.type !== "error" || this.#process || this.#mode === "plain") this.#pass(frame);
      else this.#refused();
    } else if (frame.name === this.#marker) {
      this.#parts += frame.text;
      if (frame.traceback === "more") return;
      const content = read(this.#parts);
      this.#parts = "";
      this.#act(frame.value, content);
    }
  }

  /** Hands a frame on. */
  #pass(frame) {
    this.#waiting.push(frame.type === "stdout" || frame.type === "stderr" ? Math.max(frame.text.length, LEAST_OF_AN_EVENT) : 0);
    if (this.#fastPath.take(frame, this.#report)) this.finish(1);
  }

  /** Reports a frame with marks, which the fast path does not know. */
  #mark(frame) {
    this.#waiting.push(0);
    this.#report(FRAME, frame);
  }

  /** The handlers have finished with so many of the oldest events: Python may print more. */
  finish(number) {
    for (const size of this.#waiting.splice(0, number)) this.#finished += size;
    if (this.#finished - this.#credited < CREDIT || !this.#process?.directory || this.#isOver) return;
    const path = this.#path("credit");
    this.#credited = this.#finished;
    this.#agent.command(`printf %s ${this.#finished} > ${path}.new && mv ${path}.new ${path}`).catch(() => {});
  }

  /** The agent is not there, or can't be: nothing has run. */
  #refused() {
    if (this.#mode === "call") {
      this.#agent.forget(this.#context);
      this.#mode = "install";
    } else {
      this.#agent.isBroken = true;
      this.#mode = "plain";
    }
    this.#resend();
  }

  #act(kind, content) {
    switch (kind) {
      case "start":
        this.#started(content);
        break;
      case "input":
        this.#question = content.number;
        this.#pass({ type: "input", text: content.prompt, password: content.password });
        break;
      case "result":
        this.#pass({ ...content, type: "result" });
        break;
      case "error":
        this.#error = { ...content, type: "error" };
        break;
      case "end":
        this.#ended(content.status);
        break;
      case "died":
        if (!this.#process) return this.#resendAfterDeath();
        // The toolbox kills code that ignores its timeout, and says so itself, by its close.
        this.#isKilled = this.#isPastTimeout(KILLED_MS);
        if (!this.#isKilled) this.#lost("", { ...DIED, value: content.reason ? `the Python process ended while the code ran: ${content.reason}; the context's variables are gone` : "" });
    }
  }

  /** The worker ends, or is ended by a command: once it is gone, the run ends with a frame that says so. The toolbox would give the next run to it before. */
  async #lost(command, frame) {
    const { pid } = this.#process;
    this.#isDying = true;
    this.#agent.forget(this.#context);
    await this.#agent.command(`${command} ${this.#agent.untilGone(pid)}`).catch(() => {});
    // Another client may have deleted the context, which ends its process.
    const isDeleted = frame.name && (await this.#agent.isDeleted(this.#request.contextId).catch(() => false));
    if (this.#isOver) return;
    if (isDeleted) return this.#end(1001, DELETION);
    this.#context.diedAt = Date.now();
    this.#mark(frame);
    this.#end(1001, DEATH);
  }

  /** The worker has died or the context was deleted, and nothing has reported that. After a death the toolbox would keep the context waiting. */
  async #died(code, reason) {
    this.#isDying = true;
    const isDeleted = await this.#agent.isDeleted(this.#request.contextId).catch(() => false);
    const isRevived = !isDeleted && code === 1001 && (await this.#agent.revive(this.#request.contextId));
    // A worker that dies while it installs the agent must not do so with each run.
    if (!isDeleted && this.#mode === "install" && !this.#process && this.#hasFrames) this.#agent.isBroken = true;
    if (this.#isOver) return;
    if (isRevived) this.#mark(this.#process ? DIED : { ...DIED, value: UNHEARD });
    if (isDeleted) this.#end(1001, DELETION);
    else this.#end(code, reason);
  }

  /** Looks whether the run waits for a worker that is gone: an earlier run, of whichever client, may have died unheard. */
  async #check(pause) {
    const { pid } = this.#context;
    if (pid !== undefined && !this.#isDying) {
      const said = await this.#agent.command(`kill -s 0 ${pid} 2> /dev/null || echo gone`).catch(() => "");
      if (said.includes("gone") && !this.#isOver && !this.#process) await this.#agent.revive(this.#request.contextId);
    }
    if (!this.#isOver && !this.#process) this.#checking = setTimeout(() => this.#check(2 * pause), 2 * pause);
  }

  /** Whether it is so long after the timeout. With `KILLED_MS`, the toolbox has killed the code by now. */
  #isPastTimeout(milliseconds) {
    const timeout = this.#request.timeout ?? DEFAULT_TIMEOUT;
    return timeout > 0 && Date.now() - this.#startedAt > timeout * 1000 + milliseconds;
  }

  #started(process) {
    this.#process = process;
    this.#startedAt = Date.now();
    clearTimeout(this.#checking);
    this.#agent.parent = process.parent;
    this.#agent.directory = process.directory;
    if (this.#request.results) this.#context.hasResults = true;
    const isRestarted = this.#context.pid !== undefined && this.#context.pid !== process.pid;
    Object.assign(this.#context, { isInstalled: true, pid: process.pid, process, diedAt: undefined });
    if (isRestarted) this.#mark({ type: "stdout", text: "", restarted: true });
    if (this.#isStopping) this.#limit(true);
  }

  #ended(status) {
    // At a timeout, or when the context is deleted, the toolbox says so itself, by its close.
    if (status === "over") return;
    if (this.#error) this.#pass(this.#error);
    this.#pass({ type: "control", text: status });
    this.#end(1000);
  }

  #end(code, reason = "") {
    this.#leave();
    this.#report(CLOSED, code, reason);
  }

  /** Nothing more will come of it. */
  #leave() {
    this.#isOver = true;
    this.#context.runs.delete(this);
    clearTimeout(this.#killing);
    clearTimeout(this.#checking);
  }

  /** The context is restarted: this run, if it waits for its turn, does not come after that. */
  restart() {
    this.#retries = MOST_RETRIES;
  }

  #closed(event) {
    if (this.#isOver || this.#isDying) return;
    const { code, reason } = event ?? {};
    const hasNotRun = !this.#hasFrames && !this.#isStopping;
    // Without a word, it is thrown away: the worker that it waited for has died. At a death it may have begun, unless that is the death of an earlier run.
    const isThrownAway = code === 1000 || (code === 1001 && Date.now() - this.#context.diedAt < DEATH_MS);
    if (hasNotRun && isThrownAway && this.#retries++ < MOST_RETRIES) {
      setTimeout(() => this.#isOver || this.#resend(), RETRY_MS);
      return;
    }
    // The context was deleted before it could be sent again.
    if (code === 1008 && this.#retries > 0) return this.#end(1000);
    if (code === 1001) this.#agent.forget(this.#context);
    const isDeath = code === 1001 && reason === DEATH && !this.#isPastTimeout(KILLED_MS);
    if (isDeath || (code === 4008 && !this.#isPastTimeout(-CLOCK_MS))) this.#died(code, reason);
    else this.#end(code, reason);
  }

  /** Takes a message of codecell-server's protocol: an interrupt, or what `input()` gets. */
  send(message) {
    if (this.#mode === "plain") return this.#socket?.send(message);
    const { type, text } = read(message);
    if (type === "interrupt") this.#stop();
    else this.#answer(text);
  }

  async #answer(text) {
    const path = this.#path(this.#question);
    const bytes = new TextEncoder().encode(text ?? "");
    const answer = text === undefined ? "E" : `L${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))}`;
    try {
      for (let start = 0; start < answer.length; start += PIECE) {
        const move = start + PIECE < answer.length ? "" : ` && mv ${path}.new ${path}`;
        await this.#agent.command(`printf %s ${answer.slice(start, start + PIECE)} >> ${path}.new${move}`);
      }
    } catch (error) {
      if (!this.#isOver) this.#report(FAILED, error);
    }
  }

  /** A file by which the run is reached. */
  #path(name) {
    return `${(this.#process ?? this.#agent).directory ?? "/tmp"}/codecell-${this.#marker}.${name}`;
  }

  /** Writes the stop file, and interrupts the code if it runs. */
  async #stop() {
    this.#isStopping = true;
    const process = this.#process;
    try {
      await this.#agent.command(`: > ${this.#path("stop")}${process ? ` && kill -s URG ${process.pid}` : ""}`);
    } catch {
      return; // the caller's patience ends the run
    }
    if (this.#isOver) return;
    if (this.#process) return this.#limit(!process);
    // It will find the file before it begins.
    this.#pass({ type: "control", text: "interrupted" });
    this.#end(1000);
  }

  /** Has the process killed if the code does not react to its interrupt, which is sent first if it `needsSignal`. */
  #limit(needsSignal) {
    const { pid, output } = this.#process;
    if (needsSignal) this.#agent.command(`kill -s URG ${pid}`).catch(() => {});
    this.#killing ??= setTimeout(() => {
      const ending = this.#agent.ending("interrupted", pid, output);
      this.#lost(`${ending} kill -s KILL ${pid};`, { type: "control", text: "interrupted", variablesLost: true });
    }, SWALLOWED_MS);
  }

  close(atOnce) {
    this.#leave();
    this.#unlisten();
    if (this.#socket) closeSocket(this.#socket, atOnce);
  }
}
