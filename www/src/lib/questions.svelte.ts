import type { AskOptions } from "./context.svelte";

/** What Python's `input()` or `getpass()` waits for. */
export interface Question {
  prompt: string;
  password: boolean;
  /** What the field holds at first: the rest of a paste. */
  draft: string;
}

/** The questions of one context, one at a time. Lines that were pasted with an answer answer the next questions of the same run. */
export class Questions {
  current = $state.raw<Question>();
  #settle: ((answer: string | null) => void) | undefined;
  #pastedLines: string[] = [];
  #draft = "";
  #signal: AbortSignal | undefined;

  ask(prompt: string, { password, signal }: AskOptions): Promise<string | null> {
    if (signal !== this.#signal) this.#forgetPaste();
    this.#signal = signal;
    if (signal.aborted) return Promise.resolve(null);
    const pasted = this.#pastedLines.shift();
    if (pasted !== undefined) return Promise.resolve(pasted);
    return new Promise((resolve) => {
      const stopped = (): void => this.answer(null);
      signal.addEventListener("abort", stopped, { once: true });
      this.#settle = (answer) => {
        signal.removeEventListener("abort", stopped);
        resolve(answer);
      };
      this.current = { prompt, password, draft: this.#draft };
      this.#draft = "";
    });
  }

  answer(answer: string | null): void {
    const settle = this.#settle;
    this.#settle = undefined;
    this.current = undefined;
    settle?.(answer);
  }

  /** Answers with the first line of a text; the other lines wait for the next questions. */
  paste(text: string): void {
    const [first = "", ...rest] = text.split(/\r\n|\r|\n/);
    this.#draft = rest.pop() ?? "";
    this.#pastedLines = rest;
    this.answer(first);
  }

  #forgetPaste(): void {
    this.#pastedLines = [];
    this.#draft = "";
  }
}
