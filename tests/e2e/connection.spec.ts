import { expect, test } from "./playground";
import { Toolbox } from "./server";

test("the server goes away and comes back, and the page notices both", async ({ playground }) => {
  const own = await Toolbox.start();
  const { page } = playground;
  await playground.open(own.page);
  await playground.type("import time\ntime.sleep(60)");
  await playground.run.click();
  await expect(playground.contexts).toContainText("running for");
  await own.stop("SIGKILL");
  await playground.endsWith("connection lost after");
  await expect(page.getByRole("button", { name: "Connection: Toolbox away" })).toBeVisible();
  await playground.picture("server-away");
  const again = await own.restart();
  try {
    await expect(page.getByRole("button", { name: "Connection: Connected" })).toBeVisible({ timeout: 15_000 });
    await playground.runCode('print("back")');
    await expect(playground.text).toContainText("\nback\n");
  } finally {
    await again.stop();
  }
});

test("without a token the page asks for one, and says when it is wrong", async ({ playground }) => {
  const { page, toolbox } = playground;
  await page.goto(toolbox.url);
  const dialog = page.getByRole("dialog", { name: "Connection" });
  await expect(dialog).toContainText("The toolbox refuses the token");
  await dialog.getByLabel("Token").fill("wrong");
  await dialog.getByRole("button", { name: "Connect" }).click();
  await expect(dialog).toContainText("Wrong token");
  await playground.picture("wrong-token");
  await dialog.getByLabel("Token").fill(toolbox.token);
  await dialog.getByRole("button", { name: "Connect" }).click();
  await expect(page.getByRole("button", { name: "Connection: Connected" })).toBeVisible();
  await expect(dialog).toBeHidden();
});

test("another toolbox that does not allow this page is told apart from one that is away", async ({ playground }) => {
  const other = await Toolbox.start();
  const { page } = playground;
  await playground.open();
  await page.getByRole("button", { name: /^Connection/ }).click();
  const dialog = page.getByRole("dialog", { name: "Connection" });
  await dialog.getByLabel("Toolbox URL").fill(other.url);
  await dialog.getByRole("button", { name: "Connect" }).click();
  await expect(dialog).toContainText("Blocked by CORS");
  await other.stop();
  await expect(dialog).toContainText("Toolbox away", { timeout: 15_000 });
});

test("what the toolbox isolates is one click away", async ({ playground }) => {
  await playground.open();
  await playground.page.getByRole("button", { name: /^Connection/ }).click();
  const dialog = playground.page.getByRole("dialog", { name: "Connection" });
  await expect(dialog.getByRole("heading", { name: "Isolation" })).toBeVisible();
  await expect(dialog).toContainText(/strong|medium|basic/);
  await playground.picture("isolation");
});
