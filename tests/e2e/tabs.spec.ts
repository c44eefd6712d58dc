import { expect, Playground, test } from "./playground";

test.beforeEach(({ playground }) => playground.open());

const activeIsInView = (playground: Playground, list: string): Promise<boolean> =>
  playground.page.locator(`${list} li.active`).evaluate((tab) => {
    const strip = tab.parentElement?.getBoundingClientRect();
    const { left, right } = tab.getBoundingClientRect();
    return strip !== undefined && left >= strip.left - 1 && right <= strip.right + 1;
  });

test("with all examples open, the tabs scroll and the active one is in view", async ({ playground }) => {
  for (const title of ["Streaming", "Progress bar", "Errors", "Contexts", "Environment", "Input", "asyncio", "Subprocesses"]) {
    await playground.example(title);
    await expect.poll(() => activeIsInView(playground, ".code nav"), title).toBe(true);
  }
  await playground.picture("many-files");
  const strip = playground.page.locator(".code nav ul");
  const end = await strip.evaluate((each) => each.scrollLeft);
  expect(end).toBeGreaterThan(0);
  await strip.hover();
  await playground.page.mouse.wheel(0, -2000);
  await expect.poll(() => strip.evaluate((each) => each.scrollLeft)).toBe(0);
  await playground.page.setViewportSize({ width: 500, height: 800 });
  await expect.poll(() => activeIsInView(playground, ".code nav")).toBe(true);
});

test("with nine contexts, the tabs scroll and the active one is in view", async ({ playground }) => {
  test.slow();
  for (let count = 2; count <= 9; count++) {
    await playground.newContext();
    await expect(playground.contexts.getByRole("listitem")).toHaveCount(count);
    await expect.poll(() => activeIsInView(playground, ".result"), `${count} contexts`).toBe(true);
  }
  await playground.picture("many-contexts");
  // A tab that grows, because its code runs, stays in view.
  await playground.runCode("print(1)");
  await expect.poll(() => activeIsInView(playground, ".result")).toBe(true);
  while ((await playground.page.getByRole("button", { name: /^Delete Context/ }).count()) > 0) {
    const count = await playground.contexts.getByRole("listitem").count();
    await playground.page.getByRole("button", { name: /^Delete Context/ }).last().click();
    await expect(playground.contexts.getByRole("listitem")).toHaveCount(count - 1);
  }
});

test("code that runs in another tab of the browser is told, and its time is not counted", async ({ playground, context }) => {
  test.slow();
  await playground.type('print("first has", input("first? "))');
  await playground.run.click();
  await expect(playground.page.getByRole("textbox", { name: "first?" })).toBeFocused();
  const other = new Playground(await context.newPage(), playground.toolbox);
  await other.open();
  await other.type('print("second has", input("second? "))');
  await other.run.click();
  await expect(other.contexts).toContainText("another tab runs code here");
  await expect(other.contexts).not.toContainText("running");
  await other.picture("two-tabs");
  // What waits can be stopped without a word to the other.
  await other.stop.click();
  await other.endsWith("stopped after");
  await other.run.click();
  await expect(other.contexts).toContainText("another tab runs code here");
  await playground.page.getByRole("textbox", { name: "first?" }).press("Enter");
  await playground.endsWith("completed in");
  await expect(other.page.getByRole("textbox", { name: "second?" })).toBeFocused();
  await other.page.keyboard.press("Enter");
  await other.endsWith("completed in");
  await other.page.close();
});
