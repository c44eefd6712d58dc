import { expect, test, type Playground } from "./playground";

test.beforeEach(({ playground }) => playground.open());

/** Pastes into the element with the focus, as the keyboard does. */
async function paste(playground: Playground, text: string): Promise<void> {
  await playground.page.evaluate((pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", pasted);
    // Firefox takes the text itself instead of a DataTransfer.
    const options = { clipboardData, data: pasted, dataType: "text/plain", bubbles: true, cancelable: true };
    document.activeElement?.dispatchEvent(new ClipboardEvent("paste", options));
  }, text);
}

/** How far the field is from the place where its prompt ends, in rows; NaN while one of them is not there, as the terminal replaces its rows when it is resized. */
function rowsFromPrompt(playground: Playground, prompt: string): Promise<number> {
  return playground.output.evaluate((section, prompt) => {
    const row = [...section.querySelectorAll(".xterm-rows > div")].findLast((each) => each.textContent.includes(prompt));
    const field = section.querySelector("input");
    if (!row || !field) return NaN;
    const [there, here] = [row.getBoundingClientRect(), field.getBoundingClientRect()];
    return Math.abs(Math.round((here.top - there.top) / there.height));
  }, prompt);
}

for (const [name, code, typed] of [
  ["getpass()", 'import getpass\nsecret = getpass.getpass("Password? ")\nprint(len(secret))', "Password?"],
  ["getpass() without a prompt of its own", "import getpass\nsecret = getpass.getpass()\nprint(len(secret))", "Password:"],
] as const) {
  test(`${name} shows the answer neither while it is typed nor in the output`, async ({ playground }) => {
    await playground.type(code);
    await playground.run.click();
    const field = playground.page.getByLabel(typed);
    await expect(field).toBeFocused();
    await expect(field).toHaveAttribute("type", "password");
    await playground.page.keyboard.type("tr0ub4dor");
    await playground.page.keyboard.press("Enter");
    await playground.endsWith("completed in");
    await expect(playground.text).toContainText("\n9\n");
    await expect(playground.text).not.toContainText("tr0ub4dor");
  });
}

test("input() is no password, also after getpass()", async ({ playground }) => {
  await playground.type('import getpass\ngetpass.getpass("one ")\nprint("got", input("two "))');
  await playground.run.click();
  await playground.page.getByLabel("one").press("Enter");
  await expect(playground.page.getByLabel("two")).toHaveAttribute("type", "text");
  await playground.page.keyboard.type("shown");
  await playground.page.keyboard.press("Enter");
  await playground.endsWith("completed in");
  await expect(playground.text).toContainText("two shown\ngot shown\n");
});

for (const length of [5, 60, 73, 74, 75, 83, 150]) {
  test(`a prompt of ${length} characters keeps its field beside it, and moves nothing`, async ({ playground }) => {
    await playground.type(`print(input('p' * ${length}))`);
    await playground.run.click();
    const field = playground.page.getByRole("textbox", { name: "ppp" });
    await expect(field).toBeFocused();
    await playground.page.keyboard.type("the answer");
    expect(await playground.output.evaluate((section) => [section.scrollLeft, section.scrollTop, section.querySelector(".screen")?.scrollLeft])).toEqual([0, 0, 0]);
    expect((await field.boundingBox())?.width).toBeGreaterThan(100);
    await expect(field).toBeInViewport({ ratio: 1 });
    await expect.poll(() => rowsFromPrompt(playground, "ppp")).toBeLessThanOrEqual(1);
    await playground.page.keyboard.press("Enter");
    await playground.endsWith("completed in");
    await expect(playground.text).toContainText(`${"p".repeat(length)}the answer\nthe answer\n`);
  });
}

test("the field follows its prompt when the output scrolls, is cleared, or changes its size", async ({ playground }) => {
  const { page } = playground;
  await playground.type('for i in range(100): print("row", i)\nprint(input("who? "))');
  await playground.run.click();
  const field = page.getByRole("textbox", { name: "who?" });
  await expect(field).toBeFocused();
  await expect(playground.contexts).toContainText("waiting for input");
  await expect(playground.contexts).not.toContainText("running");
  await playground.picture("waiting-for-input");
  await expect.poll(() => rowsFromPrompt(playground, "who?")).toBe(0);
  await playground.output.hover();
  await page.mouse.wheel(0, -600);
  await expect(playground.output.locator(".xterm-rows")).not.toContainText("who?");
  await expect(field).not.toBeInViewport();
  await page.keyboard.type("m");
  await expect(field).toBeInViewport();
  await page.setViewportSize({ width: 900, height: 700 });
  await expect.poll(() => rowsFromPrompt(playground, "who?")).toBe(0);
  await page.getByRole("button", { name: "Clear output" }).click();
  await expect(playground.text).toHaveText("who?");
  await expect.poll(() => rowsFromPrompt(playground, "who?")).toBe(0);
  await field.press("Enter");
  await playground.endsWith("completed in");
  await expect(playground.text).toContainText("who? m\nm\n");
});

test("two pasted lines are two answers, and the rest begins the third", async ({ playground }) => {
  await playground.type('print([input("1? "), input("2? "), input("3? ")])');
  await playground.run.click();
  await expect(playground.page.getByRole("textbox", { name: "1?" })).toBeFocused();
  await paste(playground, "one\ntwo\nthr");
  const third = playground.page.getByRole("textbox", { name: "3?" });
  await expect(third).toBeFocused();
  await expect(third).toHaveValue("thr");
  await playground.page.keyboard.press("End");
  await playground.page.keyboard.type("ee");
  await playground.page.keyboard.press("Enter");
  await playground.endsWith("completed in");
  await expect(playground.text).toContainText("1? one\n2? two\n3? three\n['one', 'two', 'three']\n");
});

test("the focus returns to the editor after an answer, and after Escape", async ({ playground }) => {
  await playground.type('input("1? ")');
  await playground.run.click();
  await playground.page.getByRole("textbox", { name: "1?" }).press("Enter");
  await expect(playground.code).toBeFocused();
  await playground.endsWith("completed in");
  await playground.run.click();
  await expect(playground.page.getByRole("textbox", { name: "1?" })).toBeFocused();
  await playground.page.keyboard.press("Escape");
  await expect(playground.code).toBeFocused();
  await playground.endsWith("stopped after");
});
