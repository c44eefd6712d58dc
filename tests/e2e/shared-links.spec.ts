import { expect, test } from "./playground";

/** A link to `print('shared')`, as the Share dialog makes it. */
const CODE = "KyjKzCvRUC_OSCxKTVHXBAA";

test("a shared link that is opened while code runs brings its code, and the code runs on", async ({ playground }) => {
  const { page } = playground;
  await playground.open();
  await playground.type('print("on")\nprint("got", input("? "))');
  await playground.run.click();
  await expect(page.getByRole("textbox", { name: "?" })).toBeFocused();
  await page.evaluate((code) => (location.hash = `#name=theirs.py&code=${code}`), CODE);
  await expect(page.getByRole("button", { name: "theirs.py", exact: true })).toBeVisible();
  await expect(playground.contexts).toContainText("waiting for input");
  // With the token that the page has: nothing to connect anew.
  await page.evaluate((token) => (location.hash = `#token=${token}`), playground.toolbox.token);
  await expect.poll(() => page.evaluate(() => location.hash)).toBe("");
  await page.getByRole("textbox", { name: "?" }).fill("through");
  await page.getByRole("textbox", { name: "?" }).press("Enter");
  await playground.endsWith("completed in");
  await expect(playground.text).toContainText("got through");
});

test("another token connects anew, and the code that runs goes on to its end", async ({ playground }) => {
  const { page } = playground;
  await playground.open();
  await playground.type('print("got", input("? "))');
  await playground.run.click();
  await expect(page.getByRole("textbox", { name: "?" })).toBeFocused();
  await page.evaluate(() => (location.hash = "#token=another"));
  await expect(page.getByRole("button", { name: "Connection: Wrong token" })).toBeVisible();
  await expect(page.getByRole("dialog")).toBeHidden();
  await page.getByRole("textbox", { name: "?" }).fill("through");
  await page.getByRole("textbox", { name: "?" }).press("Enter");
  await playground.endsWith("completed in");
  await expect(playground.text).toContainText("got through");
});

test("a shared link without a token shows its code and says how to connect, without a dialog in the way", async ({ playground }) => {
  const { page, toolbox } = playground;
  await page.goto(`${toolbox.url}/#name=theirs.py&code=${CODE}`);
  await expect(page.getByText("theirs.py came from a shared link")).toBeVisible();
  await expect(page.getByText("this page has no token")).toBeVisible();
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(playground.code).toBeVisible();
});

test("sharing from an address of this computer says that nobody else can open it", async ({ playground }) => {
  await playground.open();
  await playground.page.getByRole("button", { name: "Share" }).click();
  await expect(playground.page.getByRole("dialog", { name: "Share this code" })).toContainText("works on this computer only");
});
