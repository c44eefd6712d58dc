import { expect, test } from "./playground";
import { Toolbox } from "./server";

test("the server goes away and comes back, and the page notices both", async ({ playground }) => {
  const own = await Toolbox.start();
  const { page } = playground;
  await playground.open(own.page);
  await playground.type("import time\nprint('so far')\ntime.sleep(60)");
  await playground.run.click();
  await expect(playground.text).toContainText("\nso far\n");
  await expect(playground.contexts).toContainText("running for");
  playground.serverGoes = true;
  await own.stop("SIGKILL");
  await expect(page.getByRole("button", { name: "Connection: Toolbox unreachable" })).toBeVisible();
  // The run could go on, as far as the page knows.
  await expect(playground.contexts).toContainText("running for");
  await playground.picture("server-away");
  const again = await own.restart();
  try {
    await expect(page.getByRole("button", { name: "Connection: Connected" })).toBeVisible({ timeout: 15_000 });
    // The new server does not know it.
    await playground.endsWith("connection lost after");
    await playground.runCode('print("back")');
    await expect(playground.text).toContainText("\nback\n");
  } finally {
    await again.stop();
  }
});

test("a toolbox that is stopped in the middle of a run says so, and the page says no more than is true", async ({ playground }) => {
  const own = await Toolbox.start();
  const { page } = playground;
  await playground.open(own.page);
  await playground.type("import time\nprint('so far')\ntime.sleep(60)");
  await playground.run.click();
  await expect(playground.text).toContainText("\nso far\n");
  playground.serverGoes = true;
  await own.stop("SIGTERM");
  await playground.endsWith("toolbox stopped after");
  await expect(playground.text).toContainText("\nso far\n");
  await expect(playground.text).not.toContainText(/context was deleted|Python ended/);
  await expect(page.getByRole("button", { name: "Connection: Toolbox unreachable" })).toBeVisible();
  await playground.picture("toolbox-stopped");
});

test("without a token the page says how to connect, and says when one is wrong", async ({ playground }) => {
  const { page, toolbox } = playground;
  await page.goto(toolbox.url);
  await expect(page.getByText("this page has no token")).toBeVisible();
  await expect(page.getByRole("dialog")).toBeHidden();
  await playground.picture("no-token");
  await page.getByRole("button", { name: "How to connect" }).click();
  const dialog = page.getByRole("dialog", { name: "Connection" });
  await expect(dialog).toContainText("start your own toolbox");
  await expect(dialog.getByLabel("Token")).toBeFocused();
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
  await expect(dialog).toContainText("Page not allowed");
  await expect(dialog).toContainText(`--allow-origin ${playground.toolbox.url}`);
  await other.stop();
  await expect(dialog).toContainText("Toolbox unreachable", { timeout: 15_000 });
});

test("what the toolbox isolates is one click away, in words", async ({ playground }) => {
  await playground.open();
  await playground.page.getByRole("button", { name: /^Connection/ }).click();
  const isolation = playground.page.getByRole("region", { name: "Isolation" });
  await expect(isolation).toContainText(/(Strong|Medium|Basic)\. /);
  const report = await (await playground.page.request.get(`${playground.toolbox.url}/health`)).json();
  await expect(isolation.getByRole("list", { name: "Layers" }).getByRole("listitem")).toHaveCount(report.isolation.layers.length);
  await expect(isolation).toContainText("Limits on memory, files and processes");
  await expect(isolation).toContainText(`Python ${report.python}`);
  await expect(isolation).not.toContainText(/seccomp: |isolation · /);
  await playground.picture("isolation");
});

test("what a toolbox does not isolate is named, with the reason", async ({ playground }) => {
  const weak = await Toolbox.start({ options: ["--without-layer", "seccomp"] });
  try {
    await playground.open(weak.page);
    await playground.page.getByRole("button", { name: /^Connection/ }).click();
    const isolation = playground.page.getByRole("region", { name: "Isolation" });
    await expect(isolation).toContainText(/(Medium|Basic)\. /);
    await expect(isolation.getByRole("listitem").filter({ hasText: "A filter for system calls" })).toContainText("Not active: switched off");
    await expect(isolation.getByRole("list", { name: "What remains open" })).toContainText("no system call is refused");
    await isolation.getByRole("list", { name: "What remains open" }).scrollIntoViewIfNeeded();
    await playground.picture("isolation-weak");
  } finally {
    await weak.stop();
  }
});
