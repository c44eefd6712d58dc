import { expect, test } from "./playground";

// The fixture fails a test when the page's policy refused anything, as it would the inline styles that Chromium's own editing makes.
test("what is typed over a selection replaces it, and brackets go around it", async ({ playground }) => {
  const { page } = playground;
  await playground.open();
  await playground.type('def greet(name):\n    return "Hello, " + name');
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("x");
  await expect(playground.code).toHaveText("x");
  await page.keyboard.press("ControlOrMeta+z");
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.press("Shift+End");
  await page.keyboard.insertText("class A: ");
  await expect(playground.code).toContainText("class A:     return");
  await page.keyboard.press("Shift+Home");
  await page.keyboard.type("(");
  await expect(playground.code).toContainText("(class A: )");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("Backspace");
  await expect(playground.code).toHaveText("");
});
