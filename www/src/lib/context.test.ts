import { DaytonaConnectionError, DaytonaTimeoutError, type CodeInterpreter, type ExecutionResult, type RunCodeOptions } from "codecell";
import { describe, expect, it, vi } from "vitest";
import { Context, type RunRequest, type Screen } from "./context.svelte";
import type { Settings } from "./settings.svelte";
import { texts } from "./texts";

const settings = { envsForRun: { A: "1" }, timeout: 5 } as unknown as Settings;
const request = (code: string): RunRequest => ({ code, title: code, source: { fileId: "f", name: "f.py", indent: 0 } });

function screen(): Screen & { said: string[] } {
  const said: string[] = [];
  return {
    said,
    size: { columns: 97, rows: 31 },
    begin: async (title) => void said.push(`> ${title}`),
    write: (text, stream) => void said.push(`${stream}: ${text}`),
    result: async ({ data }) => void said.push(`result: ${data["text/plain"]}`),
    error: async (error) => void said.push(error.name),
    end: async (ending) => void said.push(...(ending.detail?.includes("gone") ? [ending.detail] : []), ending.words.replace(/ (in|after) .*/, "")),
    ask: async () => "answer",
  };
}

function interpreter(runCode: (code: string, options: RunCodeOptions) => Promise<ExecutionResult>): CodeInterpreter {
  return { runCode } as unknown as CodeInterpreter;
}

const completed: ExecutionResult = { stdout: "", stderr: "", status: "completed" };

function context(id = "default"): { context: Context; said: string[] } {
  const made = new Context(id, "name", "");
  const fake = screen();
  made.screen = fake;
  return { context: made, said: fake.said };
}

describe("a run", () => {
  it("writes its title, its output and its ending, in order", async () => {
    const { context: it, said } = context();
    await it.run(
      interpreter(async (_code, options) => {
        await options.onStdout?.({ output: "out" });
        await options.onResult?.({ data: { "text/plain": "42" }, metadata: {}, isMainResult: true, update: false });
        await options.onStderr?.({ output: "err" });
        return completed;
      }),
      settings,
      request("x"),
    );
    expect(said).toEqual(["> x", "stdout: out", "result: 42", "stderr: err", "completed"]);
    expect(it.busy).toBe(false);
  });

  it("takes the options of the settings, names its context, and keeps no text", async () => {
    const runCode = vi.fn(async () => completed);
    await context("c1").context.run(interpreter(runCode), settings, request("x"));
    expect(runCode).toHaveBeenCalledWith("x", expect.objectContaining({ context: "c1", envs: { A: "1" }, timeout: 5, capture: false, terminal: { columns: 97, rows: 31, color: true } }));
    await context().context.run(interpreter(runCode), settings, request("x"));
    expect(runCode).toHaveBeenLastCalledWith("x", expect.not.objectContaining({ context: expect.anything() }));
  });

  it.each([
    [new DaytonaTimeoutError("late"), "timed out", true],
    [new DaytonaConnectionError("gone", { code: "WORKER_DIED" }), "Python ended", false],
    [new DaytonaConnectionError("gone", { code: "CONNECTION_LOST" }), "connection lost", true],
    [new DaytonaConnectionError("gone", { code: "CONTEXT_DELETED" }), "context deleted", true],
    [new DaytonaConnectionError("gone", { code: "NOT_RUN" }), "not run", true],
    [new TypeError("odd"), "failed", true],
  ])("that fails with %s ends in words", async (failure, words, active) => {
    const { context: it, said } = context();
    await it.run(interpreter(() => Promise.reject(failure)), settings, request("x"));
    expect(said.at(-1)).toBe(words);
    expect(it.active).toBe(active);
    expect(it.busy).toBe(false);
  });

  it("says that a timeout has cost the variables", async () => {
    const { context: it, said } = context();
    const late = new DaytonaTimeoutError("late", { code: "TIMEOUT", variablesLost: true });
    await it.run(interpreter(() => Promise.reject(late)), settings, request("x"));
    expect(said).toEqual(["> x", texts.ending.killed, "timed out"]);
    expect(it.active).toBe(false);
  });

  it("keeps the error, until the next run", async () => {
    const { context: it, said } = context();
    const error = { name: "ValueError", value: "no", traceback: "", frames: [] };
    await it.run(interpreter(async (_code, options) => (await options.onError?.(error), { ...completed, status: "error", error })), settings, request("x"));
    expect(it.lastError?.error).toEqual(error);
    expect(said).toEqual(["> x", "ValueError", "error"]);
    await it.run(interpreter(async () => completed), settings, request("y"));
    expect(it.lastError).toBeUndefined();
  });
});

describe("Stop", () => {
  it.each([
    [true, ["> x", texts.ending.killed, "stopped"]],
    [false, ["> x", "stopped"]],
  ])("says whether Python had to be ended (%s)", async (isKilled, expected) => {
    const { context: it, said } = context("c1");
    const stops = interpreter(
      (_code, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener("abort", () => reject(Object.assign(signal.reason as Error, isKilled && { variablesLost: true })));
        }),
    );
    const run = it.run(stops, settings, request("x"));
    await vi.waitFor(() => expect(said).toContain("> x"));
    it.stop();
    await run;
    expect(said).toEqual(expected);
    expect(it.active).toBe(!isKilled);
  });
});

it("says that code may still run where the toolbox does not confirm its end", async () => {
  const { context: it, said } = context("c1");
  const result = { ...completed, status: "abandoned" as const };
  const stops = interpreter(
    (_code, { signal }) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(Object.assign(signal.reason as Error, { result })));
      }),
  );
  const run = it.run(stops, settings, request("x"));
  await vi.waitFor(() => expect(said).toContain("> x"));
  it.stop();
  await run;
  expect(it.lastEnding?.detail).toBe(texts.ending.abandoned);
});

describe("a second run", () => {
  it("waits for the first, and both are dropped by stop", async () => {
    const { context: it, said } = context();
    const until = interpreter((_code, { signal }) => new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason))));
    const first = it.run(until, settings, request("first"));
    await vi.waitFor(() => expect(said).toContain("> first"));
    await it.run(until, settings, request("second"));
    expect(it.queue).toHaveLength(1);
    it.stop();
    await first;
    expect(said).toEqual(["> first", "stopped"]);
    expect(it.queue).toHaveLength(0);
  });

  it("runs when the first has ended", async () => {
    const { context: it, said } = context();
    const slow = interpreter(() => new Promise((resolve) => setTimeout(resolve, 5, completed)));
    const first = it.run(slow, settings, request("first"));
    await it.run(slow, settings, request("second"));
    await first;
    expect(said).toEqual(["> first", "completed", "> second", "completed"]);
  });
});

describe("a context", () => {
  it.each(["begin", "end"] as const)("is free again when its screen fails in %s", async (step) => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const it = new Context("default", "name", "");
    it.screen = { ...screen(), [step]: () => Promise.reject(new Error("no screen")) };
    await it.run(interpreter(async () => completed), settings, request("x"));
    expect(it.busy).toBe(false);
    expect(logged).toHaveBeenCalledOnce();
    logged.mockRestore();
  });

  it("runs what was started before its screen was there", async () => {
    const it = new Context("default", "name", "");
    const run = it.run(interpreter(async () => completed), settings, request("x"));
    const fake = screen();
    it.screen = fake;
    await run;
    expect(fake.said).toEqual(["> x", "completed"]);
  });

  it("says that it waits for input, and that the answer is a password", async () => {
    const it = new Context("default", "name", "");
    const seen: unknown[] = [];
    it.screen = { ...screen(), ask: async (prompt, { password }) => (seen.push([prompt, password, it.activity]), "answer") };
    const asks = interpreter(async (_code, options) => {
      seen.push(await options.onInput?.("who? ", { password: true }), it.activity);
      return completed;
    });
    await it.run(asks, settings, request("x"));
    expect(seen).toEqual([["who? ", true, "asking"], "answer", "running"]);
    expect(it.activity).toBe("idle");
  });

  it("says that it is stopping until the run has ended, whatever else still comes", async () => {
    const it = new Context("default", "name", "");
    const seen: string[] = [];
    it.screen = screen();
    const stops = interpreter(async (_code, options) => {
      it.stop();
      seen.push(it.activity);
      await options.onInput?.("who? ", { password: false });
      seen.push(it.activity);
      throw options.signal?.reason;
    });
    await it.run(stops, settings, request("x"));
    expect(seen).toEqual(["stopping", "stopping"]);
    expect(it.activity).toBe("idle");
  });
});
