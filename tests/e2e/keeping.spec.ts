import { expect, Playground, test } from "./playground";

test("files and their undo history survive a reload", async ({ playground }) => {
  const { page } = playground;
  await playground.open();
  await playground.type("kept = 1");
  await page.getByRole("button", { name: "New file" }).click();
  await playground.code.click();
  await page.keyboard.type("second = 2");
  // Moving the cursor ends what one undo takes back.
  await page.keyboard.press("Home");
  await page.keyboard.press("End");
  await page.keyboard.type(" + 2");
  await playground.kept("second = 2 + 2");
  await page.reload();
  await playground.open();
  await expect(playground.code).toHaveText("second = 2 + 2");
  await playground.code.click();
  await page.keyboard.press("ControlOrMeta+z");
  await expect(playground.code).toHaveText("second = 2");
  await page.getByRole("button", { name: "main.py", exact: true }).click();
  await expect(playground.code).toHaveText("kept = 1");
});

test("two tabs of the browser show the same files, and what one types arrives in the other", async ({ playground, context }) => {
  await playground.open();
  const other = new Playground(await context.newPage(), playground.toolbox);
  await other.open();
  await playground.type("typed = 'in the first'");
  await expect(other.code).toHaveText("typed = 'in the first'");
  await other.code.click();
  await other.page.keyboard.press("ControlOrMeta+End");
  await other.page.keyboard.type(" # and more");
  await expect(playground.code).toHaveText("typed = 'in the first' # and more");
  await playground.page.getByRole("button", { name: "New file" }).click();
  await expect(other.page.getByRole("button", { name: "untitled 2.py", exact: true })).toBeVisible();
  await playground.page.getByRole("button", { name: "Close untitled 2.py" }).click();
  await expect(other.page.getByRole("button", { name: "untitled 2.py", exact: true })).toBeHidden();
});

test("two tabs that change the same file at once lose neither text", async ({ playground, context }) => {
  await playground.open();
  const other = new Playground(await context.newPage(), playground.toolbox);
  // A tab that the browser has frozen hears of nothing until it wakes.
  await other.page.addInitScript(() => {
    window.addEventListener("storage", (event) => event.stopImmediatePropagation(), true);
  });
  await other.open();
  await playground.type("first = 1");
  await playground.kept("first = 1");
  await other.type("second = 2");
  await expect(other.page.getByText("main.py was also changed in another tab of this browser")).toBeVisible();
  await expect(other.code).toHaveText("second = 2");
  await other.page.getByRole("button", { name: "main.py", exact: true }).click();
  await expect(other.code).toHaveText("first = 1");
  await playground.page.getByRole("button", { name: "main 2.py", exact: true }).click();
  await expect(playground.code).toHaveText("second = 2");
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
