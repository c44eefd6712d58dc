import { expect, test } from "./playground";

test.beforeEach(({ playground }) => playground.open());

test("the first visit has something to run, and Run runs it", async ({ playground }) => {
  await playground.picture("first-visit");
  await playground.runUntil("completed in");
  await expect(playground.text).toContainText("Hello from Python");
  await playground.picture("completed");
});

test("a line is on the page while the next is not yet", async ({ playground }) => {
  await playground.type('print("first")\ninput("go on? ")\nprint("second")');
  await playground.run.click();
  await expect(playground.text).toContainText("\nfirst\n");
  expect(await playground.text.textContent()).not.toContain("second");
  await playground.page.getByRole("textbox", { name: "go on?" }).press("Enter");
  await playground.endsWith("completed in");
  await expect(playground.text).toContainText("\nsecond\n");
});

test("an endless loop is stopped, and its variables are still there", async ({ playground }) => {
  await playground.type("count = 0\nwhile True:\n    count += 1\n    if count == 1001: print('counting')");
  await playground.run.click();
  await expect(playground.text).toContainText("\ncounting\n");
  await expect(playground.contexts).toContainText("running for");
  await playground.picture("running");
  await playground.stop.click();
  await playground.endsWith("stopped after");
  await playground.runCode("print(count > 1000)");
  await expect(playground.text).toContainText("\nTrue\n");
});

test("an error leads back to its line", async ({ playground }) => {
  await playground.example("Errors");
  await playground.runUntil("error after");
  await expect(playground.text).toContainText("Mondays: 5.3");
  await expect(playground.text).toContainText("ZeroDivisionError: division by zero");
  await playground.picture("error");
  const failed = playground.page.locator(".cm-failed");
  await expect(failed).toContainText("return sum(numbers) / len(numbers)");
  await playground.page.getByRole("button", { name: "Go to line 12" }).click();
  await expect(failed).toContainText('report("Tuesdays", [])');
  await expect(playground.code).toBeFocused();
});

test("a frame of the traceback is a link into the editor", async ({ playground }) => {
  await playground.runCode("def f():\n    return 1 / 0\n\nf()", "error after");
  const row = playground.output.locator(".xterm-rows > div", { hasText: "line 4" });
  const box = await row.boundingBox();
  if (!box) throw new Error("the traceback is not on screen");
  await playground.page.mouse.move(box.x + 60, box.y + box.height / 2);
  await playground.page.mouse.click(box.x + 62, box.y + box.height / 2);
  await expect(playground.page.locator(".cm-failed")).toHaveText("f()");
});

test("input() is answered where it asks, and ends with Ctrl+D", async ({ playground }) => {
  await playground.type('name = input("Your name? ")\nprint("Hello,", name)\ntry:\n    input("More? ")\nexcept EOFError:\n    print("the end")');
  await playground.run.click();
  const first = playground.page.getByRole("textbox", { name: "Your name?" });
  await expect(first).toBeFocused();
  await playground.picture("input");
  await playground.page.keyboard.type("Zoë 你好");
  await playground.page.keyboard.press("Enter");
  await expect(playground.page.getByRole("textbox", { name: "More?" })).toBeFocused();
  await playground.page.keyboard.press("Control+d");
  await playground.endsWith("completed in");
  await expect(playground.text).toContainText("Your name? Zoë 你好\nHello, Zoë 你好\nMore? ^D\nthe end\n");
});

test("a progress bar moves in its line", async ({ playground }) => {
  await playground.example("Progress bar");
  // In the page, where nothing is missed however busy the machine is.
  await playground.text.evaluate((transcript) => {
    const percents = new Set<string>();
    Object.assign(window, { percents });
    new MutationObserver(() => {
      const percent = /(\d+)%/.exec(transcript.textContent ?? "")?.[1];
      if (percent) percents.add(percent);
    }).observe(transcript, { characterData: true, childList: true, subtree: true });
  });
  await playground.run.click();
  await playground.endsWith("completed in");
  await playground.picture("progress");
  expect(await playground.page.evaluate(() => (window as unknown as { percents: Set<string> }).percents.size)).toBeGreaterThan(4);
  expect((await playground.text.textContent())?.match(/%/g)).toHaveLength(1);
});

test("all eight examples run", async ({ playground }) => {
  test.slow();
  for (const [title, said] of [
    ["Streaming", "and this went to stderr"],
    ["Contexts", "run number 1"],
    ["Environment", "GREETING is not set yet"],
    ["asyncio", "all done: ['slow', 'quick', 'steady']"],
    ["Subprocesses", "parent: after"],
  ] as const) {
    await playground.example(title);
    await playground.runUntil("completed in");
    await expect(playground.text).toContainText(said);
  }
  // The other three have tests of their own: an error, a question, a bar that moves.
  await playground.picture("examples");
});

test("stderr has a colour of its own, and \\r, colours and wide characters are kept", async ({ playground }) => {
  await playground.runCode('import sys\nprint("plain")\nsys.stderr.write("warning\\n")\nprint("\\x1b[38;2;10;120;200mtrue colour\\x1b[0m 漢字 🎉")');
  const colour = (text: string): Promise<string> => playground.output.locator(".xterm-rows span", { hasText: text }).first().evaluate((span) => getComputedStyle(span).color);
  expect(await colour("warning")).not.toBe(await colour("plain"));
  expect(await colour("true colour")).toBe("rgb(10, 120, 200)");
  await expect(playground.text).toContainText("漢字 🎉");
});

test("a time limit and environment variables are set in the options, and remembered", async ({ playground }) => {
  const { page } = playground;
  await page.getByRole("button", { name: "Options" }).click();
  const dialog = page.getByRole("dialog", { name: "Run options" });
  const limit = dialog.getByLabel("Time limit");
  // By keyboard: in Firefox, fill() types into a number field behind what is there.
  await limit.press("ControlOrMeta+a");
  await limit.pressSequentially("1");
  await expect(limit).toHaveValue("1");
  await dialog.getByRole("button", { name: "Add variable" }).click();
  await dialog.getByLabel("Name of variable 1").fill("GREETING");
  await dialog.getByLabel("Value of variable 1").fill("good morning");
  await playground.picture("options");
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.reload();
  await playground.open();
  await playground.runCode('import os, time\nprint(os.environ["GREETING"], flush=True)\ntime.sleep(30)', "timed out after");
  await expect(playground.text).toContainText("good morning");
});

test("a worker that dies is named, and the next run has a new one", async ({ playground }) => {
  await playground.runCode("import os\nos._exit(3)", "Python ended after");
  await playground.picture("worker-died");
  await playground.runCode('print("alive")');
  await expect(playground.text).toContainText("\nalive\n");
});

test("a name that no environment variable can have is refused where it is typed", async ({ playground }) => {
  const { page } = playground;
  await page.getByRole("button", { name: "Options" }).click();
  const dialog = page.getByRole("dialog", { name: "Run options" });
  await dialog.getByRole("button", { name: "Add variable" }).click();
  const name = dialog.getByLabel("Name of variable 1");
  await name.fill("A=B");
  await expect(dialog.getByRole("alert")).toContainText("must not contain “=”");
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(dialog).toBeVisible();
  await expect(name).toBeFocused();
  await name.fill("");
  await dialog.getByLabel("Value of variable 1").fill("value");
  await expect(dialog.getByRole("alert")).toContainText("no name");
  await name.fill("GREETING");
  await expect(dialog.getByRole("alert")).toHaveCount(0);
  await dialog.getByRole("button", { name: "Add variable" }).click();
  await dialog.getByLabel("Name of variable 2").fill("GREETING");
  await expect(dialog.getByRole("alert").first()).toContainText("set twice");
  await dialog.getByRole("button", { name: "Remove GREETING" }).last().click();
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(dialog).toBeHidden();
  await playground.runCode('import os\nprint(os.environ["GREETING"])');
  await expect(playground.text).toContainText("\nvalue\n");
});
