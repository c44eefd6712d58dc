import { expect, test } from "./playground";

test.beforeEach(({ playground }) => playground.open());

test("a traceback names the file, and the exact part that failed is marked", async ({ playground }) => {
  await playground.runCode("x = 1\ny = [x, '😀', x / 0]", "error after");
  await expect(playground.text).toContainText('File "main.py", line 2, in <module>');
  await expect(playground.page.locator(".cm-failed-range")).toHaveText("x / 0");
  await playground.picture("error-range");
  await playground.runCode("x = 1\nx +", "error after");
  await expect(playground.page.locator(".cm-failed")).toHaveText("x +");
});

test("a part of a file that runs is marked at its place in the file", async ({ playground }) => {
  const { page } = playground;
  await playground.type("if True:\n    first = 1\n    second = [first, first / 0]\n");
  await page.locator(".cm-line", { hasText: "second" }).click();
  await page.keyboard.press("End");
  await page.keyboard.press("Shift+Home");
  await page.keyboard.press("Shift+Enter");
  await playground.endsWith("error after");
  await expect(playground.text).toContainText("line 3");
  await expect(page.locator(".cm-failed-range")).toHaveText(/first/);
});

test("names of the context complete code, and are documented under the mouse", async ({ playground }) => {
  const { page } = playground;
  await playground.runCode('import math\ndef greet(name, loud=False):\n    """Says hello."""\n    return name');
  await playground.type("gree");
  const list = page.getByRole("listbox");
  const greet = list.getByRole("option", { name: /greet/ });
  await expect(greet).toBeVisible();
  await playground.picture("completion");
  // Not Enter: the editor ignores it for a moment after each change of the list, so that it does not surprise a person who types on.
  await greet.click();
  await expect(playground.code).toHaveText("greet");
  await page.keyboard.type("(lo");
  await expect(list.getByRole("option", { name: /loud=/ })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(list).toBeHidden();
  await page.locator(".cm-line", { hasText: "greet" }).hover({ position: { x: 20, y: 8 } });
  await expect(page.locator(".cm-documentation")).toContainText("greet(name, loud=False)");
  await expect(page.locator(".cm-documentation")).toContainText("Says hello.");
  await playground.picture("documentation");
});

test("every context can be restarted", async ({ playground }) => {
  const { page } = playground;
  await playground.runCode("x = 41");
  await page.getByRole("button", { name: "Restart Python in Default" }).click();
  await expect(page.getByText("Default has a fresh Python")).toBeVisible();
  await playground.runCode("print('x' in globals())");
  await expect(playground.text).toContainText("False");
  await expect(playground.text).not.toContainText("had ended");
  await playground.newContext();
  await playground.type("import time\nprint('begun')\ntime.sleep(600)");
  await playground.run.click();
  await expect(playground.text).toContainText("begun");
  await page.getByRole("button", { name: "Restart Python in Context 2" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Restart" }).click();
  await playground.endsWith(/Python ended after/);
  await playground.runCode("print('on')");
  await page.getByRole("button", { name: "Delete Context 2" }).click();
  await expect(playground.contexts.getByRole("listitem")).toHaveCount(1);
});
