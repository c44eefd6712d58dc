import { texts } from "./texts";

const EVERY_MS = 1_500;
const MAX_LINES = 6;

/** Announces new output to a screen reader: a few lines at a time, and how many more there are. */
export class Announcer {
  message = $state("");
  #lastRead: string[] = [];
  #waiting: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  read(transcript: string): void {
    const lines = transcript.split("\n").filter((line) => line.trim() !== "");
    this.#waiting.push(...newLines(this.#lastRead, lines));
    this.#lastRead = lines;
    if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#say(), EVERY_MS);
  }

  #say(): void {
    this.#timer = undefined;
    const lines = this.#waiting.splice(0);
    const more = lines.length - MAX_LINES;
    // The last lines matter most: the ending is among them.
    this.message = more > 0 ? [texts.terminal.moreLines(more), ...lines.slice(-MAX_LINES)].join("\n") : lines.join("\n");
  }
}

/** The lines of `after` that `before` does not end in; both are the tail of one growing text. */
export function newLines(before: string[], after: string[]): string[] {
  const last = before.at(-1);
  const at = last === undefined ? -1 : after.lastIndexOf(last);
  return after.slice(at + 1);
}
