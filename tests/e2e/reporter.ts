import type { FullResult, Reporter, TestCase, TestResult } from "@playwright/test/reporter";

/** A line for each test, failures in full, and the count as the last line. */
export default class LineReporter implements Reporter {
  readonly #last = new Map<string, { test: TestCase; result: TestResult }>();
  readonly #errors: string[] = [];

  onTestEnd(test: TestCase, result: TestResult): void {
    this.#last.set(test.id, { test, result });
    const [, project, , ...titles] = test.titlePath();
    const note = test.annotations.map((each) => each.description).filter(Boolean).join("; ");
    console.log(`${result.status.padEnd(8)} ${project}: ${titles.join(" › ")} (${result.duration} ms)${note ? ` – ${note}` : ""}`);
    for (const error of result.errors) console.log(error.stack ?? error.message ?? "");
  }

  onError(error: { message?: string; stack?: string }): void {
    this.#errors.push(error.stack ?? error.message ?? "unknown");
  }

  onEnd(run: FullResult): void {
    for (const error of this.#errors) console.log(error);
    const all = [...this.#last.values()];
    const passed = all.filter(({ result }) => result.status === "passed").length;
    const skipped = all.filter(({ result }) => result.status === "skipped").length;
    // An interrupted run, or one that never began, is no success.
    const failed = Math.max(all.length - passed - skipped, run.status === "passed" ? 0 : 1);
    console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  }

  printsToStdio(): boolean {
    return true;
  }
}
