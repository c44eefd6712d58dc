import { readFile } from "node:fs/promises";
import { findings } from "./axe";
import { expect, test } from "./playground";

test("what the code wrote is listed, and downloaded by keyboard", async ({ playground }) => {
  const { page } = playground;
  await playground.open();
  await playground.runCode('print("15", file=open("result.txt", "w"))');
  await page.getByRole("button", { name: "Files", exact: true }).press("Enter");
  const saving = page.waitForEvent("download");
  await page.getByRole("dialog").getByRole("button", { name: "Download result.txt" }).press("Enter");
  const saved = await saving;
  expect(saved.suggestedFilename()).toBe("result.txt");
  expect(await readFile(await saved.path(), "utf8")).toBe("15\n");
});

test("a run says what it wrote, and the files are one click away", async ({ playground }) => {
  const { page } = playground;
  await playground.open();
  const written = page.getByRole("region", { name: "Files that the run wrote" });
  await playground.runCode('import os\nos.makedirs("out", exist_ok=True)\nprint("15", file=open("out/sum.txt", "w"))\nopen("plot.svg", "w").write("x" * 4321)');
  await expect(written).toContainText("out/sum.txt 3 bytes");
  await expect(written).toContainText("plot.svg 4.3 KB");
  await playground.picture("written");
  await page.emulateMedia({ colorScheme: "dark" });
  await playground.picture("written-dark");
  expect(await findings(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: "light" });
  expect(await findings(page)).toEqual([]);
  const saving = page.waitForEvent("download");
  await written.getByRole("button", { name: "Download out/sum.txt" }).click();
  const saved = await saving;
  expect(saved.suggestedFilename()).toBe("sum.txt");
  expect(await readFile(await saved.path(), "utf8")).toBe("15\n");
  // An error hides nothing: the other bar has its line.
  await playground.runCode('for i in range(7): open(f"part{i}", "w").close()\nos.remove("plot.svg")\n1 / 0', "error after");
  await expect(written.getByRole("button", { name: /^Download part/ })).toHaveCount(5);
  await playground.picture("written-with-an-error");
  await written.getByRole("button", { name: "and 2 more" }).click();
  await expect(page.getByRole("dialog", { name: "Files of the toolbox" })).toContainText("part6");
  await page.keyboard.press("Escape");
  await playground.runCode('open("gone", "w").close()');
  await fetch(`${playground.toolbox.url}/files?path=gone`, { method: "DELETE", headers: { Authorization: `Bearer ${playground.toolbox.token}` } });
  await written.getByRole("button", { name: "Download gone" }).click();
  await expect(written.getByRole("alert")).toContainText("gone");
  await written.getByRole("button", { name: "Dismiss the list of files" }).click();
  await expect(written).toBeHidden();
  await playground.runCode("1");
  await expect(written).toBeHidden();
});
