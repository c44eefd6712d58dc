import { expect, test, type Playground } from "./playground";

test.beforeEach(({ playground }) => playground.open());

const rowsOf = (playground: Playground, text: string): Promise<number> => playground.output.locator(".xterm-rows > div", { hasText: text }).count();

test("Python knows how wide the output is, also after it was resized", async ({ playground }) => {
  const seen: number[] = [];
  for (const width of [1280, 900]) {
    await playground.page.setViewportSize({ width, height: 800 });
    await playground.page.getByRole("button", { name: "Clear output" }).click();
    await playground.runCode("import shutil\nn = shutil.get_terminal_size().columns\nprint('r' * n)\nprint('s' * (n + 1))\nprint('columns', n)");
    // A line of that length fills a row, and one more character needs another.
    await expect.poll(() => rowsOf(playground, "rrr")).toBe(1);
    await expect.poll(async () => (await rowsOf(playground, "sss")) * 100 + (await playground.output.locator(".xterm-rows > div", { hasText: /^s\s*$/ }).count())).toBe(101);
    seen.push(Number(/columns (\d+)/.exec((await playground.text.textContent()) ?? "")?.[1]));
  }
  expect(seen[1]).toBeLessThan(seen[0] ?? 0);
});

test("programs print in colour, and the page shows it", async ({ playground }) => {
  await playground.runCode("import os\nprint(os.environ['FORCE_COLOR'], os.environ['TERM'], '\\x1b[31mred\\x1b[0m')");
  await expect(playground.text).toContainText("1 xterm-256color red");
  await expect(playground.output.locator(".xterm-rows .xterm-fg-1", { hasText: "red" })).toBeVisible();
});

for (const [name, text, cells] of [
  ["a letter", "x", 1],
  ["an emoji", "\u{1F600}", 2],
  ["a family of four", "\u{1F468}\u200d\u{1F469}\u200d\u{1F467}\u200d\u{1F466}", 2],
  ["a flag", "\u{1F1E9}\u{1F1EA}", 2],
  ["a skin tone", "\u{1F44D}\u{1F3FD}", 2],
  ["a letter with a combining mark", "e\u0301", 1],
  ["a Chinese character", "\u4e2d", 2],
] as const) {
  test(`${name} takes ${cells} ${cells === 1 ? "cell" : "cells"}`, async ({ playground }) => {
    await playground.type(`input(${JSON.stringify(text)} * 4)`);
    await playground.run.click();
    const field = playground.output.locator("input");
    await expect(field).toBeFocused();
    const shift = (): Promise<number> =>
      playground.output.evaluate((section) => {
        const screen = section.querySelector(".xterm-screen")?.getBoundingClientRect();
        const field = section.querySelector("input")?.getBoundingClientRect();
        const letter = document.createElement("span");
        letter.textContent = "x".repeat(100);
        section.querySelector(".xterm-rows")?.append(letter);
        const width = letter.getBoundingClientRect().width / 100;
        letter.remove();
        return screen && field ? Math.round((field.left - screen.left) / width) : NaN;
      });
    await expect.poll(shift).toBe(4 * cells);
    await field.press("Enter");
    await playground.endsWith("completed in");
  });
}

const DEFIANT = "import signal\nfor number in (signal.SIGINT, signal.SIGURG): signal.signal(number, signal.SIG_IGN)\nprint('on')\nwhile True: pass";
const LOST = "Python did not react, so the toolbox ended its process. The variables are gone.";

for (const where of ["the default context", "another context"]) {
  test(`where Stop costs the variables, it is said there, in ${where}`, async ({ playground }) => {
    if (where === "another context") await playground.newContext();
    const text = playground.page.locator(".output:not(.hidden) .transcript");
    await playground.type(DEFIANT);
    await playground.run.click();
    await expect(text).toContainText("\non\n");
    await playground.stop.click();
    await expect(text).toContainText("stopped after");
    await expect(text).toContainText(LOST);
    // It is not said again by the next run.
    await playground.type("print('ne' + 'xt')");
    await playground.run.click();
    await expect(text).toContainText("next\n● completed in");
    expect((await text.textContent())?.split("gone").length).toBe(2);
  });
}

test("it is also said where the next run comes sooner", async ({ playground }) => {
  await playground.type(DEFIANT);
  await playground.run.click();
  await expect(playground.text).toContainText("\non\n");
  await playground.stop.click();
  await expect(playground.stop).toBeDisabled();
  await playground.runCode("print('next')");
  await expect(playground.text).toContainText("\nnext\n");
  await expect.poll(async () => (await playground.text.textContent())?.split(LOST).length).toBe(2);
});

test("where Stop is heard, nothing is said of variables", async ({ playground }) => {
  await playground.type("print('on')\nwhile True: pass");
  await playground.run.click();
  await expect(playground.text).toContainText("\non\n");
  await playground.stop.click();
  await playground.endsWith("stopped after");
  await playground.runCode("print('next')");
  await expect(playground.text).not.toContainText("variables");
});
