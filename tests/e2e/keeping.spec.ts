import { expect, test } from "./playground";

test("files and their undo history survive a reload", async ({ playground }) => {
  const { page } = playground;
  await playground.open();
  await playground.type("kept = 1");
  await page.getByRole("button", { name: "New file" }).click();
  await playground.code.click();
  await page.keyboard.type("second = 2");
  await page.waitForTimeout(700);
  await page.keyboard.type(" + 2");
  await page.waitForTimeout(500);
  await page.reload();
  await playground.open();
  await expect(playground.code).toHaveText("second = 2 + 2");
  await playground.code.click();
  await page.keyboard.press("ControlOrMeta+z");
  await expect(playground.code).toHaveText("second = 2");
  await page.getByRole("button", { name: "main.py", exact: true }).click();
  await expect(playground.code).toHaveText("kept = 1");
});

test("a shared link brings its code and does not run it", async ({ playground, browser }) => {
  const { page } = playground;
  await playground.open();
  await playground.type('print("from afar: ünïcödé")');
  await page.getByRole("button", { name: "Share" }).click();
  const link = await page.getByRole("textbox", { name: "Link" }).inputValue();
  await playground.picture("share");
  expect(link).not.toContain(playground.toolbox.token);
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  const other = await browser.newPage();
  await other.goto(`${link}&token=${playground.toolbox.token}`);
  await expect(other.getByRole("textbox", { name: "Code", exact: true })).toHaveText('print("from afar: ünïcödé")');
  await expect(other.getByText("Read it before you run it")).toBeVisible();
  await expect(other.getByRole("button", { name: "Connection: Connected" })).toBeVisible();
  expect(new URL(other.url()).hash).toBe("");
  await expect(other.getByRole("log", { name: "Output" })).toContainText("Output appears here");
  await other.close();
});

test("a damaged link says so", async ({ playground }) => {
  await playground.open(`${playground.toolbox.page}&code=AAAA`);
  await expect(playground.page.getByText("The shared link is damaged")).toBeVisible();
});
