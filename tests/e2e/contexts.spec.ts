import { expect, test } from "./playground";

test.beforeEach(({ playground }) => playground.open());

test("two contexts run at once, each with its own variables and output", async ({ playground }) => {
  await playground.type('import time\nx = "mine"\nfor i in range(200):\n    print("default", i)\n    time.sleep(0.25)');
  await playground.run.click();
  await playground.newContext();
  await playground.type('print("x" in globals(), "in the second")');
  await playground.runUntil("completed in");
  await expect(playground.text).toContainText("False in the second");
  await expect(playground.text).not.toContainText("default 0");
  const first = playground.contexts.getByRole("button", { name: /^Default/ });
  await expect(first).toContainText("running for");
  await playground.picture("two-contexts");
  await playground.chooseContext(/^Default/);
  await expect(playground.text).toContainText("default 0");
  await playground.stop.click();
  await playground.endsWith("stopped after");
  await expect(playground.text).not.toContainText("in the second");
  await playground.page.getByRole("button", { name: /^Delete Context/ }).last().click();
  await expect(playground.contexts.getByRole("listitem")).toHaveCount(1);
});

test("a context with a working directory; one that is missing is named", async ({ playground }) => {
  await playground.newContext("/no/such/place");
  const dialog = playground.page.getByRole("dialog", { name: "New context" });
  await expect(dialog.getByRole("alert")).toContainText("/no/such/place");
  await dialog.getByLabel("Working directory").fill("/tmp");
  await dialog.getByRole("button", { name: "Create" }).click();
  await playground.runCode("import os\nprint(os.getcwd())");
  await expect(playground.text).toContainText("\n/tmp\n");
  await playground.page.getByRole("button", { name: /^Delete Context/ }).last().click();
  await expect(playground.contexts.getByRole("listitem")).toHaveCount(1);
});

test("deleting a context that runs asks first, and others run on", async ({ playground }) => {
  await playground.newContext();
  await playground.type("while True: pass");
  await playground.run.click();
  await expect(playground.contexts).toContainText("running for");
  await playground.page.getByRole("button", { name: /^Delete Context/ }).click();
  const dialog = playground.page.getByRole("dialog", { name: /^Delete Context/ });
  await expect(dialog).toContainText("Code is running in this context");
  await playground.picture("delete-context");
  await dialog.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(playground.contexts.getByRole("listitem")).toHaveCount(1);
  await playground.runCode('print("still here")');
  await expect(playground.text).toContainText("still here");
});

test("a second Run waits its turn, and Stop drops it", async ({ playground }) => {
  await playground.type("import time\ntime.sleep(30)");
  await playground.run.click();
  await playground.run.click();
  await expect(playground.contexts).toContainText("1 queued");
  await playground.stop.click();
  await playground.endsWith("stopped after");
  await expect(playground.stop).toBeDisabled();
  await expect(playground.contexts).not.toContainText("queued");
});
