import { readFile } from "node:fs/promises";
import { expect, test } from "./playground";

test("what the code wrote is listed, and downloaded by keyboard", async ({ playground }) => {
  const { page } = playground;
  await playground.open();
  await playground.runCode('print("15", file=open("result.txt", "w"))');
  await page.getByRole("button", { name: "Files", exact: true }).press("Enter");
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download result.txt" }).press("Enter");
  const saved = await saving;
  expect(saved.suggestedFilename()).toBe("result.txt");
  expect(await readFile(await saved.path(), "utf8")).toBe("15\n");
});
