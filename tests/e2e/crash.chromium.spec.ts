import { expect, Playground, test } from "./playground";

test("files and their undo history survive a crash of the tab", async ({ playground, context }) => {
  const { page } = playground;
  await playground.open();
  await playground.type("before = 1");
  await page.keyboard.press("Home");
  await page.keyboard.press("End");
  await page.keyboard.type(" + 1");
  await playground.kept("before = 1 + 1");
  const session = await context.newCDPSession(page);
  const crashed = page.waitForEvent("crash");
  // Not awaited: its answer never comes, as what should send it has crashed.
  session.send("Page.crash").catch(() => undefined);
  await crashed;
  const next = new Playground(await context.newPage(), playground.toolbox);
  await next.open();
  await expect(next.code).toHaveText("before = 1 + 1");
  await next.code.click();
  await next.page.keyboard.press("ControlOrMeta+z");
  await expect(next.code).toHaveText("before = 1");
});
