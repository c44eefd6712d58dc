import { expect, Playground, test } from "./playground";

test("a run goes on over reloads, with all of its output and its question", async ({ playground }) => {
  const { page } = playground;
  await playground.open();
  await playground.type("for i in range(60): print('line', i)\nprint('one', input('first? '))\nprint('two', input('second? '))");
  await playground.run.click();
  await expect(page.getByRole("textbox", { name: "first?" })).toBeFocused();
  await page.reload();
  await expect(page.getByRole("textbox", { name: "first?" })).toBeFocused();
  await expect(playground.text).toContainText("line 59");
  await page.keyboard.type("a");
  await page.keyboard.press("Enter");
  await expect(playground.text).toContainText("one a");
  await expect(page.getByRole("textbox", { name: "second?" })).toBeFocused();
  await page.reload();
  await expect(page.getByRole("textbox", { name: "second?" })).toBeFocused();
  await page.keyboard.type("b");
  await page.keyboard.press("Enter");
  await playground.endsWith("completed in");
  await expect(playground.text).toContainText("line 0");
  await expect(playground.text).toContainText("one a");
  await expect(playground.text).toContainText("two b");
  // It is over: nothing comes again.
  await page.reload();
  await playground.open();
  await expect(playground.text).not.toContainText("line 0");
});

test("what ended while no page was open is shown by the next one, once, with its error", async ({ playground, context, browser }) => {
  await playground.open();
  await playground.type("import os, time\nprint('waits')\nwhile not os.path.exists('go'): time.sleep(0.01)\n1 / 0");
  await playground.run.click();
  await expect(playground.text).toContainText("waits");
  await playground.page.close();
  // Another browser makes it end.
  const elsewhere = await browser.newContext();
  const other = new Playground(await elsewhere.newPage(), playground.toolbox);
  await other.open();
  await expect(other.stop).toBeDisabled();
  await other.newContext();
  await other.runCode("open('go', 'w').close()");
  await other.page.getByRole("button", { name: "Delete Context 2" }).click();
  await expect(other.contexts.getByRole("listitem")).toHaveCount(1);
  await elsewhere.close();
  const next = new Playground(await context.newPage(), playground.toolbox);
  await next.open();
  await next.endsWith("error after");
  await expect(next.text).toContainText(/waits[^]*ZeroDivisionError/);
  await next.page.reload();
  await next.open();
  await expect(next.text).not.toContainText("waits");
});

test("a run that is shown in one tab stays there when another is opened", async ({ playground, context }) => {
  await playground.open();
  await playground.type("print('mine', input('third? '))");
  await playground.run.click();
  await expect(playground.page.getByRole("textbox", { name: "third?" })).toBeVisible();
  const other = new Playground(await context.newPage(), playground.toolbox);
  await other.open();
  await expect(other.stop).toBeDisabled();
  await playground.page.getByRole("textbox", { name: "third?" }).fill("x");
  await playground.page.getByRole("textbox", { name: "third?" }).press("Enter");
  await playground.endsWith("completed in");
  await expect(playground.text).toContainText("mine x");
  await expect(other.text).not.toContainText("mine");
});

test("a run that was found after a reload can be stopped", async ({ playground }) => {
  await playground.open();
  await playground.type("print('on')\nwhile True: pass");
  await playground.run.click();
  await expect(playground.text).toContainText("on");
  await playground.page.reload();
  await expect(playground.stop).toBeEnabled();
  await expect(playground.text).toContainText("on");
  await playground.stop.click();
  await playground.endsWith("stopped after");
});
