// A context of the stand-in: one worker process, and runs that wait for their turn.
//
// While a run goes on, the toolbox looks every 50 ms whether the worker has said that it ended. A worker that dies can't say so: the
// client's socket is closed, but the queue stands still until the dead run's timeout has passed.

import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { closeSync, constants, openSync, unlinkSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readFrame } from "./socket.mjs";

const POLL_MS = 50;
/** How long code may take to end after a signal, before it is killed. */
const GRACE_MS = 2_000;
const MOST_BYTES_OF_A_LINE = 1024 * 1024;
const WORKER = fileURLToPath(new URL("worker.py", import.meta.url));

export class Context {
  #settings;
  #worker;
  #queue = [];
  #isRunning = false;
  #active;
  #isDeleted = false;

  /** `settings` are those of `startStandIn`. */
  constructor(info, settings) {
    this.info = info;
    this.#settings = settings;
  }

  /** How many runs wait for their turn. */
  get waiting() {
    return this.#queue.length;
  }

  /** Whether a run is under way, as far as the toolbox knows. */
  get isRunning() {
    return this.#isRunning;
  }

  /** Starts a worker, and waits until it listens: until its handlers are there, a signal would end it. */
  async start() {
    const [stdin, stdout] = [openPipe(), openPipe()];
    const child = spawn(this.#settings.python, ["-u", WORKER], { cwd: this.info.cwd, stdio: [stdin.source, stdout.target, "ignore"], env: this.#settings.env, detached: true });
    for (const fd of [stdin.source, stdout.target]) closeSync(fd);
    const worker = { child, isDead: false, stdin: new Socket({ fd: stdin.target, readable: false, writable: true }), stdout: new Socket({ fd: stdout.source, readable: true, writable: false }) };
    worker.ended = once(child, "exit").catch(() => {});
    await once(child, "spawn");
    this.#worker = worker;
    this.info.active = true;
    worker.stdin.on("error", () => {});
    const isReady = once(worker.stdout, "data");
    this.#read(worker.stdout);
    worker.ended = worker.ended.then(() => this.#bury(worker));
    await Promise.race([isReady, worker.ended]);
  }

  /** Puts a run in the queue: `{ code, envs, timeoutMs, socket }`. A dead worker is replaced now, and not when the run's turn comes. */
  async submit(run) {
    if (!this.info.active) {
      if (this.#settings.faults.afterDeath === "ended" && this.#active) return run.socket.close(1001, "worker process ended");
      await this.start();
    }
    run.worker = this.#worker;
    this.#queue.push(run);
    if (!this.#isRunning) await this.#drain();
  }

  async #drain() {
    this.#isRunning = true;
    for (let run; (run = this.#queue.shift()); ) {
      this.#active = run;
      await this.#run(run);
      this.#active = undefined;
    }
    this.#isRunning = false;
  }

  async #run(run) {
    if (run.worker.isDead) return run.socket.close(1000);
    run.worker.stdin.write(`${JSON.stringify({ code: run.code, envs: run.envs })}\n`);
    const deadline = run.timeoutMs === 0 ? Infinity : Date.now() + run.timeoutMs;
    if (await this.#hasEnded(run, deadline)) {
      if (this.#settings.faults.deathAtEnd === "ended") await Promise.race([run.worker.ended, sleep(GRACE_MS, undefined, { ref: false })]);
      return run.socket.close(run.control === "interrupted" ? 4008 : 1000);
    }
    if (run.isGivenUp) return;
    // By now this may be a newer worker than the run's. It gets the signal anyway.
    const worker = this.#worker;
    worker.child.kill("SIGINT");
    if (!(await this.#hasEnded(run, Date.now() + GRACE_MS))) {
      run.isKilled = true;
      worker.child.kill("SIGKILL");
      await worker.ended;
      if (this.#settings.faults.swallowedTimeout === "ended") run.socket.close(1001, "worker process ended");
    }
    run.socket.close(4008);
  }

  async #hasEnded(run, deadline) {
    while (Date.now() < deadline && !run.isGivenUp) {
      await sleep(POLL_MS);
      if (run.control && !run.isHeld) return true;
    }
    return false;
  }

  #read(stdout) {
    let rest = Buffer.alloc(0);
    const take = (chunk) => {
      rest = rest.length ? Buffer.concat([rest, chunk]) : chunk;
      for (let end; (end = rest.indexOf(10)) >= 0; rest = rest.subarray(end + 1)) this.#frame(rest.subarray(0, end).toString());
      if (rest.length < MOST_BYTES_OF_A_LINE) return;
      // Nobody reads on: the worker stands still in its next write.
      stdout.off("data", take);
      stdout.pause();
    };
    stdout.on("data", take);
    stdout.on("error", () => {});
  }

  #frame(line) {
    const frame = readFrame(line);
    const run = this.#active;
    if (!frame || !run) return;
    run.socket.send(frame);
    if (frame.type === "control") run.control = frame.text;
  }

  /** After the worker's death, what is left in its pipe is read, as long as that is there. */
  async #bury(worker) {
    worker.isDead = true;
    if (this.#worker === worker) this.info.active = false;
    await sleep(this.#settings.faults.pipeAfterDeathMs);
    worker.stdin.destroy();
    worker.stdout.destroy();
    const run = this.#active;
    if (run?.worker !== worker || this.#isDeleted || run.isKilled || run.control === "interrupted") return;
    if (run.control === "completed" && this.#settings.faults.deathAtEnd === "completed") return;
    run.socket.close(1001, "worker process ended");
  }

  /** Ends the worker and all that its code started, for the end of a test. */
  async kill() {
    const { child, ended } = this.#worker;
    if (this.#active) this.#active.isGivenUp = true;
    this.#queue.length = 0;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // Nothing of it is left.
    }
    await ended;
  }

  /** Ends the worker, and what runs and waits; how clients learn of that is a race, which `faults.deletion` decides. */
  async delete() {
    const how = this.#settings.faults.deletion;
    this.#isDeleted = true;
    const waiting = this.#queue.splice(0);
    const run = this.#active;
    if (run) run.isHeld = how !== "timeout";
    const worker = this.#worker;
    if (!worker.isDead) {
      worker.child.kill("SIGTERM");
      await Promise.race([worker.ended, sleep(GRACE_MS, undefined, { ref: false })]);
      worker.child.kill("SIGKILL");
      await worker.ended;
    }
    for (const ended of run ? [run, ...waiting] : waiting) {
      if (how !== "timeout") ended.socket.close(1001, how === "shutdown" ? "context shutdown" : "worker process ended");
      else ended.socket.close(ended === run ? 4008 : 1000);
      ended.isGivenUp = true;
    }
  }
}

/** The ends of a pipe, as descriptors. What Node gives its children is a socket, which can't be opened through `/proc`, and is no pipe to wait for. */
function openPipe() {
  const path = join(tmpdir(), `codecell-${randomUUID()}.pipe`);
  execFileSync("mkfifo", [path]);
  // Opened without waiting, so that there is a reader for the writer; Python's own end waits.
  const first = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const target = openSync(path, constants.O_WRONLY);
  const source = openSync(path, constants.O_RDONLY);
  closeSync(first);
  unlinkSync(path);
  return { source, target };
}
