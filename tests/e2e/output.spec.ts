import { expect, test, type Playground } from "./playground";

test.beforeEach(({ playground }) => playground.open());

/** Copies, and pastes into an empty file, which is how a person sees what was copied. */
async function copied(playground: Playground): Promise<string> {
  const { page } = playground;
  const done = page.getByText("Copied");
  await expect(done).toBeHidden();
  await page.getByRole("button", { name: "Copy output" }).click();
  await expect(done).toBeVisible();
  await playground.type("");
  await playground.page.keyboard.press("ControlOrMeta+v");
  await expect(playground.code).not.toHaveText("");
  // Shorter than the editor's height: it draws only the lines in sight.
  return (await playground.code.locator(".cm-line").allTextContents()).join("\n");
}

async function keepLines(playground: Playground, lines: string): Promise<void> {
  await playground.page.getByRole("button", { name: "Options" }).click();
  const dialog = playground.page.getByRole("dialog", { name: "Run options" });
  const field = dialog.getByLabel("Lines of output to keep");
  await field.press("ControlOrMeta+a");
  await field.pressSequentially(lines);
  await expect(field).toHaveValue(lines);
  await dialog.getByRole("button", { name: "Done" }).click();
}

test("copying takes all of the output, or what is selected in it", async ({ playground, browserName, context }) => {
  if (browserName === "chromium") await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await playground.runCode('print("first word")\nprint("second")');
  expect(await copied(playground)).toMatch(/^❯ print\("first word"\)\nfirst word\nsecond\n● completed in [\d.]+ s\n$/);
  const box = await playground.output.locator(".xterm-rows > div", { hasText: /^first word/ }).boundingBox();
  if (!box) throw new Error("the output is not on screen");
  const { mouse } = playground.page;
  await mouse.move(box.x + 1, box.y + box.height / 2);
  await mouse.down();
  await mouse.move(box.x + 20, box.y + box.height / 2);
  await mouse.move(box.x + 200, box.y + box.height + 2);
  await mouse.up();
  await expect(playground.output.locator(".xterm-selection div").first()).toBeVisible();
  expect(await copied(playground)).toMatch(/^first word\nsecond *$/);
});

test("clearing empties the output, and the next run begins at its top", async ({ playground }) => {
  await playground.runCode('print("gone")');
  await playground.page.getByRole("button", { name: "Clear output" }).click();
  await expect(playground.text).toHaveText("");
  await playground.runCode('print("here")');
  expect(await copied(playground)).toMatch(/^❯ print\("here"\)\nhere\n● completed in [\d.]+ s\n$/);
});

test("as many lines are kept as the options say, for output that is there and output to come", async ({ playground }) => {
  // The transcript for screen readers holds the last 300 lines.
  const rows = async (): Promise<string[]> => ((await playground.text.textContent()) ?? "").split("\n").filter((line) => line.startsWith("row "));
  await playground.runCode('for i in range(290): print("row", i)');
  expect(await rows()).toHaveLength(290);
  await keepLines(playground, "100");
  await playground.runCode('print("row after")');
  const fewer = await rows();
  expect(fewer.length).toBeGreaterThan(100);
  expect(fewer.length).toBeLessThan(200);
  expect(fewer.slice(-2)).toEqual(["row 289", "row after"]);
  await keepLines(playground, "1000");
  await playground.runCode('for i in range(290): print("row", i)');
  expect((await rows()).slice(-290)).toEqual(Array.from({ length: 290 }, (_, i) => `row ${i}`));
});

test("a search finds what is in the output, goes from match to match, and says when there is none", async ({ playground }) => {
  const { page } = playground;
  await playground.runCode('for i in range(200): print("row", i)');
  await page.getByRole("button", { name: "Find in output" }).click();
  const field = page.getByRole("searchbox", { name: "Find in output" });
  const row = (number: number) => playground.output.locator(".xterm-rows > div", { hasText: new RegExp(`^row ${number}$`) });
  await expect(row(1)).toHaveCount(0);
  // As a person types: each key keeps to the match that still fits.
  await field.pressSequentially("row 1");
  await expect(row(1)).toBeVisible();
  await field.pressSequentially("50");
  await expect(row(150)).toBeVisible();
  await field.fill("row 17");
  await expect(row(170)).toBeVisible();
  await field.press("Shift+Enter");
  await expect(row(17)).toBeVisible();
  await playground.picture("find");
  await expect(page.getByText("No match")).toBeHidden();
  await field.fill("row 999");
  await expect(page.getByText("No match")).toBeVisible();
  await field.press("Escape");
  await expect(field).toBeHidden();
  await expect(page.getByRole("button", { name: "Find in output" })).toBeFocused();
});
