import { findings } from "./axe";
import { expect, test } from "./playground";

test("axe-core finds nothing, at rest, after an error, and in every dialog", async ({ playground }) => {
  test.slow();
  const { page } = playground;
  await playground.open();
  expect(await findings(page)).toEqual([]);
  await playground.example("Errors");
  await playground.runUntil("error after");
  expect(await findings(page)).toEqual([]);
  for (const name of ["Options", "Examples", "Share", "Keyboard shortcuts", /^Connection/, "New context"]) {
    await page.getByRole("button", { name }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toBeHidden();
  }
});

test("by keyboard alone: type, run, stop, answer, choose an example", async ({ playground }) => {
  const { page } = playground;
  await playground.open();
  const tabTo = async (name: string): Promise<void> => {
    for (let presses = 0; presses < 30; presses++) {
      const focused = await page.evaluate(() => {
        const deep = document.activeElement?.shadowRoot?.activeElement ?? document.activeElement;
        return deep?.getAttribute("aria-label") ?? deep?.textContent?.trim();
      });
      if (focused?.startsWith(name)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`Tab never reaches ${name}`);
  };
  await tabTo("Examples");
  await page.keyboard.press("Enter");
  await tabTo("Streaming");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(page.getByRole("button", { name: "streaming.py", exact: true })).toBeVisible();
  await tabTo("Code");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("Delete");
  await page.keyboard.type('print("one")\nprint("two")');
  await page.keyboard.press("Shift+Enter");
  await playground.endsWith("completed in");
  await expect(playground.text).toContainText("\ntwo\n");
  await expect(playground.text).not.toContainText("\none\n");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("Delete");
  await page.keyboard.type("while True: pass");
  await page.keyboard.press("ControlOrMeta+Enter");
  await expect(playground.contexts).toContainText("running for");
  await page.keyboard.press("Escape");
  await playground.endsWith("stopped after");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  await expect(playground.code).not.toBeFocused();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("Delete");
  await page.keyboard.type('print("hi", input("who? "))');
  await page.keyboard.press("ControlOrMeta+Enter");
  await expect(page.getByRole("textbox", { name: "who?" })).toBeFocused();
  await page.keyboard.type("me");
  await page.keyboard.press("Enter");
  await playground.endsWith("completed in");
});

test("on a phone: everything is on the screen, and Run runs", async ({ playground }) => {
  const { page } = playground;
  await page.setViewportSize({ width: 375, height: 720 });
  await playground.open();
  await playground.runUntil("completed in");
  await playground.picture("phone");
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(375);
  for (const name of ["Run", "Stop", "Options", "Examples", "Share"]) {
    await expect(page.getByRole("button", { name, exact: true })).toBeInViewport({ ratio: 1 });
  }
  for (const name of ["Examples", "Options", "Share", /^Connection/, "New context"]) {
    await page.getByRole("button", { name }).click();
    const dialog = page.getByRole("dialog");
    const box = await dialog.boundingBox();
    expect(box && box.x >= 0 && box.x + box.width <= 375 && box.y >= 0 && box.y + box.height <= 720, `${name} on the screen`).toBe(true);
    if (name instanceof RegExp) await expect(dialog).toContainText("Isolation");
    await playground.picture(`phone-${String(name).replace(/\W/g, "").toLowerCase()}`);
    await page.keyboard.press("Escape");
  }
  await playground.type('print("hi", input("who? "))');
  await playground.run.click();
  await expect(page.getByRole("textbox", { name: "who?" })).toBeInViewport({ ratio: 1 });
  await page.keyboard.type("me");
  await page.keyboard.press("Enter");
  await playground.endsWith("completed in");
});

test("what is said to a screen reader is short, however long the output", async ({ playground }) => {
  await playground.open();
  await playground.runCode("for i in range(20000): print(i)");
  const said = playground.page.locator(".output:not(.hidden) > [role=status]");
  await expect(said).toContainText("completed in");
  expect(((await said.textContent()) ?? "").split("\n").length).toBeLessThan(10);
});
