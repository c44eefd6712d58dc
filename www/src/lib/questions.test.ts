import { expect, it } from "vitest";
import { Questions } from "./questions.svelte";

const ask = (questions: Questions, prompt: string, signal = new AbortController().signal) => questions.ask(prompt, { password: false, signal });

it("answers the next questions of a run with the lines that were pasted, and begins one with the rest", async () => {
  const questions = new Questions();
  const { signal } = new AbortController();
  const first = ask(questions, "1? ", signal);
  questions.paste("one\r\ntwo\nthree\nunfin");
  expect(questions.current).toBeUndefined();
  expect([await first, await ask(questions, "2? ", signal), await ask(questions, "3? ", signal)]).toEqual(["one", "two", "three"]);
  const fourth = ask(questions, "4? ", signal);
  expect(questions.current).toEqual({ prompt: "4? ", password: false, draft: "unfin" });
  questions.answer("unfinished");
  expect(await fourth).toBe("unfinished");
});

it("gives no pasted line to another run", async () => {
  const questions = new Questions();
  const first = ask(questions, "1? ");
  questions.paste("one\ntwo\nrest");
  expect(await first).toBe("one");
  const other = ask(questions, "other? ");
  expect(questions.current?.draft).toBe("");
  questions.answer(null);
  expect(await other).toBeNull();
});

it("ends a question when its run is stopped, before and after it is asked", async () => {
  const questions = new Questions();
  const stop = new AbortController();
  const answer = ask(questions, "1? ", stop.signal);
  stop.abort();
  expect(await answer).toBeNull();
  expect(questions.current).toBeUndefined();
  expect(await ask(questions, "2? ", stop.signal)).toBeNull();
  expect(questions.current).toBeUndefined();
});
