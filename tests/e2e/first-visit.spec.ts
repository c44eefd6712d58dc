import { expect, test } from "./playground";

test("the first visit says what this is, and three examples are one click away", async ({ playground }) => {
  await playground.open();
  const { output, page } = playground;
  await expect(output.getByText("Output appears here")).toBeVisible();
  await expect(output.getByText("This page runs real Python")).toBeVisible();
  await expect(output.getByRole("list", { name: "Examples to start with" }).getByRole("button")).toHaveCount(3);
  // Nothing lies over it: the click arrives.
  await output.getByRole("button", { name: "Streaming" }).click();
  await expect(page.getByRole("button", { name: "streaming.py", exact: true })).toBeVisible();
  await expect(output.getByText("Output appears here")).toBeVisible();
  await playground.runUntil("completed in");
  await expect(output.getByText("Output appears here")).toBeHidden();
});

test("a new context has the hint again, and so has one whose output was cleared", async ({ playground }) => {
  await playground.open();
  await playground.runCode("print(1)");
  const hint = playground.output.getByText("Output appears here");
  await expect(hint).toBeHidden();
  await playground.newContext();
  await expect(hint).toBeVisible();
  await playground.runCode("print(2)");
  await expect(hint).toBeHidden();
  await playground.page.getByRole("button", { name: "Clear output" }).click();
  await expect(hint).toBeVisible();
  await playground.page.getByRole("button", { name: /^Delete Context/ }).click();
});

test("the hint does not come back while code runs", async ({ playground }) => {
  await playground.open();
  await playground.type('print("before")\ninput("? ")');
  await playground.run.click();
  await expect(playground.page.getByRole("textbox", { name: "?" })).toBeFocused();
  await playground.page.getByRole("button", { name: "Clear output" }).click();
  await expect(playground.text).not.toContainText("before");
  await expect(playground.output.getByText("Output appears here")).toBeHidden();
  await playground.stop.click();
  await playground.endsWith("stopped after");
});
