import { findings } from "./axe";
import { expect, test } from "./playground";

test.use({ colorScheme: "dark" });

test("the dark theme follows the system, and axe-core finds nothing in it", async ({ playground }) => {
  const { page } = playground;
  await playground.open();
  await playground.runUntil("completed in");
  await playground.picture("dark");
  await playground.example("Errors");
  await playground.runUntil("error after");
  await playground.picture("dark-error");
  expect(await findings(page)).toEqual([]);
  await page.getByRole("button", { name: /^Connection/ }).click();
  await expect(page.getByRole("dialog")).toContainText("Isolation");
  await playground.picture("dark-connection");
  expect(await findings(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await page.emulateMedia({ colorScheme: "light" });
  await expect(page.locator("body")).toHaveCSS("background-color", "rgb(238, 240, 244)");
});
