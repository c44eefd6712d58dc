import { expect, test } from "./playground";

test.use({ hasTouch: true, isMobile: true });

for (const [width, height] of [[390, 844], [360, 640], [320, 640], [320, 256]] as const) {
  test(`at ${width} × ${height} every button is on the page, can be tapped, and has 44 px`, async ({ playground }) => {
    const { page } = playground;
    await page.setViewportSize({ width, height });
    await playground.open();
    await playground.newContext();
    await expect(playground.contexts.getByRole("listitem")).toHaveCount(2);
    await page.getByRole("button", { name: "Find in output" }).click();
    await playground.picture(`touch-${width}-${height}`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    const buttons = await page.getByRole("button").all();
    expect(buttons.length).toBeGreaterThan(15);
    for (const button of buttons) {
      await button.scrollIntoViewIfNeeded();
      const name = await button.evaluate((each) => each.getAttribute("aria-label") ?? each.textContent);
      const box = await button.boundingBox();
      expect(Math.min(box?.width ?? 0, box?.height ?? 0), `the size of ${name}`).toBeGreaterThanOrEqual(44);
      expect(box && box.x >= 0 && box.x + box.width <= width, `${name} is within the page`).toBe(true);
      const hit = await button.evaluate((each) => {
        const { x, y, width, height } = each.getBoundingClientRect();
        return each.contains(document.elementFromPoint(x + width / 2, y + height / 2));
      });
      expect(hit, `a tap on ${name} arrives`).toBe(true);
    }
    const field = await page.getByRole("searchbox", { name: "Find in output" }).boundingBox();
    expect(field && field.x >= 0 && field.x + field.width <= width && field.width >= 100, "the find field is whole").toBe(true);
    await page.getByRole("button", { name: "Close find" }).click();
    await playground.runCode("print('there')");
    await playground.output.scrollIntoViewIfNeeded();
    expect((await playground.output.boundingBox())?.height).toBeGreaterThanOrEqual(150);
    await page.getByRole("button", { name: /^Delete Context/ }).click();
  });
}

for (const width of [320, 360, 375, 390, 412]) {
  test(`at ${width} px the header is one row`, async ({ playground }) => {
    const { page } = playground;
    await page.setViewportSize({ width, height: 800 });
    await playground.open();
    await playground.picture(`header-${width}`);
    const header = page.getByRole("banner");
    expect((await header.boundingBox())?.height).toBeLessThanOrEqual(60);
    const boxes = await Promise.all((await header.getByRole("button").all()).map((button) => button.boundingBox()));
    expect(boxes.length).toBeGreaterThan(5);
    expect(new Set(boxes.map((box) => box && box.y + box.height / 2)).size, "all its buttons are on one line").toBe(1);
  });
}
