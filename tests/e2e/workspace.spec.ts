import { findings } from "./axe";
import { expect, test } from "./playground";

test("a file that is dropped on the page is there for the code", async ({ playground }) => {
  const { page } = playground;
  await playground.open();
  await page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(["day,sold\nMon,3\n"], 'sales "1".csv'));
    for (const type of ["dragover", "drop"]) document.querySelector("main")?.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
  });
  const dialog = page.getByRole("dialog", { name: "Files of the toolbox" });
  await expect(dialog.getByRole("status")).toHaveText("One file is uploaded.");
  await expect(dialog.getByRole("listitem").first()).toContainText('sales "1".csv');
  expect(await findings(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await playground.runCode('print(len(open(\'sales "1".csv\').read()))');
  await expect(playground.text).toContainText("15");
});

test("files are chosen without dropping them, and a name that can't be written says so", async ({ playground }) => {
  const { page } = playground;
  await playground.open();
  await playground.runCode('import os; os.mkdir("taken")');
  await page.getByRole("button", { name: "Files", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Files of the toolbox" });
  await dialog.locator("input[type=file]").setInputFiles([{ name: "one.txt", mimeType: "text/plain", buffer: Buffer.from("1") }, { name: "taken", mimeType: "text/plain", buffer: Buffer.from("2") }]);
  await expect(dialog.getByRole("alert")).toContainText("Could not write 1 of 2 files: taken");
  await expect(dialog.getByRole("button", { name: "Download one.txt" })).toBeVisible();
});
