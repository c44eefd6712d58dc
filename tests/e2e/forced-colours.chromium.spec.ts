import { findings } from "./axe";
import { expect, test } from "./playground";

test.use({ forcedColors: "active" });

test("with colours that the person chose, the marks are still there", async ({ playground }) => {
  const { page } = playground;
  await playground.open();
  await playground.runCode("x = 1\n1 / 0", "error after");
  const look = (selector: string, property: string): Promise<string> =>
    page.locator(selector).first().evaluate((each, name) => getComputedStyle(each).getPropertyValue(name), property);
  expect(await look(".cm-failed", "outline-style")).toBe("solid");
  for (const dot of [".contexts .dot, .choose .dot", "header .dot"]) expect(await look(dot, "border-top-style")).toBe("solid");
  const [active, inactive] = await page.evaluate(() => {
    const line = (selector: string): string => getComputedStyle(document.querySelector(selector) ?? document.body).borderBottomColor;
    return [line(".code li.active"), getComputedStyle(document.body).backgroundColor];
  });
  expect(active).not.toBe(inactive);
  await playground.picture("forced-colours");
  expect(await findings(page)).toEqual([]);
});
