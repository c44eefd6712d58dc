import { expect, test, type Playground } from "./playground";

test.beforeEach(({ playground }) => playground.open());

const dialogIn = (playground: Playground) => playground.page.getByRole("dialog", { name: "Open this link?" });

/** Clicks near the start of the row of the output that has `text` in it. */
async function clickRow(playground: Playground, text: string): Promise<void> {
  const box = await playground.output.locator(".xterm-rows > div", { hasText: text }).last().boundingBox();
  if (!box) throw new Error(`${text} is not on screen`);
  // Over another cell first: xterm.js looks for links when the mouse comes to a cell that it did not leave last.
  await playground.page.mouse.move(box.x + 60, box.y + box.height / 2);
  await playground.page.mouse.click(box.x + 22, box.y + box.height / 2);
}

const hyperlink = (url: string, text: string): string => `"\\x1b]8;;${url}\\x07${text}\\x1b]8;;\\x07"`;

test("escape sequences can set neither title nor clipboard, and are no HTML", async ({ playground }) => {
  await playground.type("what was cut");
  await playground.page.keyboard.press("ControlOrMeta+a");
  await playground.page.keyboard.press("ControlOrMeta+x");
  await playground.runCode('print("\\x1b]0;owned\\x07\\x1b]2;owned\\x07\\x1b]52;c;b3duZWQ=\\x07<b>not html</b>\\x1b[6n\\x1b[c")');
  expect(await playground.page.title()).toBe("codecell playground");
  await expect(playground.text).toContainText("\n<b>not html</b>\n");
  await playground.type("");
  await playground.page.keyboard.press("ControlOrMeta+v");
  await expect(playground.code).toHaveText("what was cut");
});

test("a link that Python printed shows where it leads and asks, and opens only then", async ({ playground, context }) => {
  const target = `${playground.toolbox.url}/robots.txt?a=b`;
  await playground.runCode(`print(${hyperlink(target, "click me")})`);
  await clickRow(playground, "click me");
  await expect(dialogIn(playground)).toContainText(target);
  await playground.picture("link");
  await dialogIn(playground).getByRole("button", { name: "Cancel" }).click();
  await expect(dialogIn(playground)).toBeHidden();
  expect(context.pages()).toHaveLength(1);
  await clickRow(playground, "click me");
  const [opened] = await Promise.all([context.waitForEvent("page"), dialogIn(playground).getByRole("button", { name: "Open in a new tab" }).click()]);
  await opened.waitForURL(target);
  expect(await opened.evaluate(() => window.opener)).toBeNull();
});

test("an address in plain text is a link too, and asks too", async ({ playground, context }) => {
  await playground.runCode('print("https://example.com/plain and more")');
  await clickRow(playground, "https://example.com/plain and more");
  await expect(dialogIn(playground).locator("code")).toHaveText("https://example.com/plain");
  expect(context.pages()).toHaveLength(1);
});

for (const scheme of ["javascript:document.title='owned'", "data:text/html,owned", "file:///etc/passwd", "vscode://file/etc/passwd"]) {
  test(`a link to ${scheme.split(":")[0]}: leads nowhere`, async ({ playground, context }) => {
    await playground.runCode(`print(${hyperlink(scheme, "click me")})\nprint(${hyperlink("https://example.com/", "good one")})`);
    await clickRow(playground, "click me");
    // The other link shows that clicks arrive here: only its question is asked.
    await clickRow(playground, "good one");
    await expect(dialogIn(playground).locator("code")).toHaveText("https://example.com/");
    expect(await playground.page.title()).toBe("codecell playground");
    expect(context.pages()).toHaveLength(1);
  });
}
