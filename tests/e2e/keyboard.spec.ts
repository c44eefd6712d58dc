import { expect, test } from "./playground";

test.beforeEach(({ playground }) => playground.open());

test("the keyboard scrolls the output, and no invisible field is a stop of the Tab key", async ({ playground }) => {
  const { page, output } = playground;
  await playground.runCode('for i in range(300): print("row", i)');
  const stops = new Set<string>();
  await page.getByRole("button", { name: "Find in output" }).focus();
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press("Tab");
    stops.add(await page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.tagName ?? ""));
    if (stops.has("Output")) break;
  }
  expect([...stops]).toContain("Output");
  expect(await page.getByRole("textbox", { name: "Terminal input" }).count()).toBe(0);
  expect(await output.locator("textarea").evaluate((each) => (each as HTMLTextAreaElement).tabIndex)).toBe(-1);
  const row = (number: number) => output.locator(".xterm-rows > div", { hasText: new RegExp(`^row ${number}$`) });
  await expect(row(299)).toBeVisible();
  await page.keyboard.press("Home");
  await expect(row(0)).toBeVisible();
  await expect(row(299)).toHaveCount(0);
  await page.keyboard.press("PageDown");
  await expect(row(0)).toHaveCount(0);
  await page.keyboard.press("PageUp");
  await expect(row(0)).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await expect(row(0)).toHaveCount(0);
  await expect(row(1)).toBeVisible();
  await page.keyboard.press("ArrowUp");
  await expect(row(0)).toBeVisible();
  await page.keyboard.press("End");
  await expect(row(299)).toBeVisible();
});

test("a click into the output leaves the keys to scroll it", async ({ playground }) => {
  await playground.runCode('for i in range(300): print("row", i)');
  await playground.output.click();
  await playground.page.keyboard.press("Home");
  await expect(playground.output.locator(".xterm-rows > div", { hasText: /^row 0$/ })).toBeVisible();
});

test("Shift+Enter on a line runs the whole statement, and goes to the next", async ({ playground }) => {
  const { page } = playground;
  await playground.type('for i in range(2):\n    print("row", i)\n    if i == 1:\n        print("last")\nprint("next")');
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.press("Shift+Enter");
  await playground.endsWith("completed in");
  await expect(playground.text).toContainText("\nrow 0\nrow 1\nlast\n");
  await expect(playground.text).not.toContainText("\nnext\n");
  await page.keyboard.press("Shift+Enter");
  await expect(playground.text).toContainText("\nnext\n");
});

test("Shift+Enter takes all of a block of which a part is selected, and of a line of a block only that", async ({ playground }) => {
  const { page } = playground;
  await playground.type('if True:\n    print("yes")\nelse:\n    print("no")');
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Shift+Enter");
  await playground.endsWith("completed in");
  await expect(playground.text).toContainText("\nyes\n");
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.press("Shift+Enter");
  await expect(playground.text).toContainText("\nno\n");
});

test("the labels of the editor's find are in the page's style", async ({ playground }) => {
  await playground.code.click();
  await playground.page.keyboard.press("ControlOrMeta+f");
  for (const name of ["Match case", "Regular expression", "Whole words"]) await expect(playground.page.getByRole("checkbox", { name, exact: true })).toBeVisible();
  for (const name of ["Next", "Previous", "Select all", "Replace all"]) await expect(playground.page.getByRole("button", { name, exact: true })).toBeVisible();
  await playground.picture("find-in-code");
});
