import type { Locator } from "@playwright/test";
import { findings } from "./axe";
import { expect, test, type Playground } from "./playground";

test.beforeEach(({ playground }) => playground.open());

const SVG = `'<svg width="200" height="100">'\n  '<path d="M0 0h200v100H0z" fill="teal"/></svg>'`;
const picture = (name: string): string => `display({"image/svg+xml": ${SVG},\n  "text/plain": "${name}"}, raw=True)`;
const result = (playground: Playground, name: string): Locator => playground.output.getByRole("img", { name });
const row = (playground: Playground, text: string): Locator => playground.output.locator(".xterm-rows > div", { hasText: new RegExp(`^${text}$`) });

async function top(locator: Locator): Promise<number> {
  const box = await locator.boundingBox();
  if (!box) throw new Error("it is not on the screen");
  return box.y;
}

test("a picture stands between the lines that were printed before and after it", async ({ playground }) => {
  await playground.runCode(`print("before", end="")\n${picture("a teal box")}\nprint("after")`);
  const image = result(playground, "a teal box");
  await expect(image).toBeInViewport({ ratio: 1 });
  const [before, middle, after] = [await top(row(playground, "before")), await top(image), await top(row(playground, "after"))];
  expect(middle).toBeGreaterThan(before + 10);
  expect(after).toBeGreaterThanOrEqual(middle + 100);
  // Screen readers get its text, without the rows that it covers.
  await expect(playground.text).toContainText("\nbefore\na teal box\nafter\n");
  await playground.picture("result-picture");
  expect(await findings(playground.page)).toEqual([]);
});

test("it scrolls with its lines, and is there again after another context was shown", async ({ playground }) => {
  const { page } = playground;
  await playground.runCode(`print("before")\n${picture("a box")}\nprint("after")\nfor i in range(300): print("row", i)`);
  const image = result(playground, "a box");
  await expect(image).toBeHidden();
  await playground.output.focus();
  await page.keyboard.press("Home");
  await expect(image).toBeVisible();
  expect(await top(image)).toBeGreaterThan(await top(row(playground, "before")));
  // Half of it above the edge: still there, and cut at the edge.
  for (let presses = 0; presses < 4; presses++) await page.keyboard.press("ArrowDown");
  await expect(row(playground, "before")).toHaveCount(0);
  await expect(image).toBeVisible();
  await page.keyboard.press("Home");
  await playground.newContext();
  await expect(image).toBeHidden();
  await playground.chooseContext("Default");
  await expect(image).toBeVisible();
});

test("the value of the last line is shown: text as text, a table as a table, JSON as a tree", async ({ playground }) => {
  await playground.runCode(`"two\\nlines"`);
  await expect(playground.text).toContainText("\n'two\\nlines'\n●");
  await playground.example("A table");
  await playground.runUntil("completed in");
  const table = playground.output.getByRole("table");
  await expect(table.getByRole("cell", { name: "343" })).toBeVisible();
  await expect(playground.text).toContainText("343");
  await playground.picture("result-table");
  // As pandas writes it. The page's policy refuses inline styles, and a refusal fails this test.
  await playground.runCode(`display({"text/html":\n  "<div><style scoped>.dataframe th { vertical-align: top }</style>"\n  "<table><tr style='text-align: right;'><td>one cell</td></tr></table>"}, raw=True)`);
  await expect(playground.output.getByRole("cell", { name: "one cell" })).toBeVisible();
  await playground.runCode(`display({"application/json": {"a": [1, 2]}, "text/plain": "json"}, raw=True)`);
  await playground.output.getByText('"a": [ 2 items ]').click();
  await expect(playground.output.getByText("1: 2")).toBeVisible();
});

test("an animation is one picture, and a cleared output is gone", async ({ playground }) => {
  await playground.example("An animation");
  await playground.run.click();
  const images = playground.output.getByRole("img");
  await expect(images).toHaveCount(1);
  const first = await images.getAttribute("src");
  await expect.poll(() => images.getAttribute("src")).not.toBe(first);
  await playground.endsWith("completed in");
  await expect(images).toHaveCount(1);
  await expect(playground.text).toContainText("At rest.");
  await playground.runCode(`print("gone")\n${picture("gone too")}\nclear_output()\nprint("here")\nclear_output(wait=True)\nprint("last")`);
  await expect(result(playground, "gone too")).toHaveCount(0);
  const text = (await playground.text.textContent()) ?? "";
  expect(text).toMatch(/❯ print\("gone"\)\nlast\n●/);
});

test("HTML runs in a frame that reaches nothing of the page, and charts are drawn", async ({ playground }) => {
  const read = "try { got = top.localStorage.length } catch (error) { got = error.name } document.body.append(' read: ' + got)";
  await playground.runCode(`display({"text/html": "<h3>A title</h3><div style='height:120px'></div><script>let got; ${read}</script>", "text/plain": "html"}, raw=True)\nprint("after")`);
  const inner = playground.output.frameLocator("iframe").frameLocator("iframe");
  await expect(inner.locator("body")).toContainText("read: SecurityError");
  const frame = playground.output.locator("iframe");
  await expect.poll(async () => (await frame.boundingBox())?.height).toBeGreaterThan(150);
  expect(await top(row(playground, "after"))).toBeGreaterThan((await top(frame)) + 150);
  await playground.page.getByRole("button", { name: "Clear output" }).click();
  await expect(frame).toHaveCount(0);
  const figure = `{"data": [{"y": [1, 3, 2]}], "layout": {"height": 300}}`;
  const chart = `{"mark": "bar", "height": 150, "data": {"values": [{"a": "x", "b": 1}]}, "encoding": {"x": {"field": "a"}, "y": {"field": "b", "type": "quantitative"}}}`;
  await playground.runCode(`display({"application/vnd.plotly.v1+json": ${figure}, "text/plain": "plotly"}, raw=True)\ndisplay({"application/vnd.vegalite.v6+json": ${chart}, "text/plain": "vega"}, raw=True)`);
  await expect.poll(async () => (await frame.first().boundingBox())?.height, { timeout: 20_000 }).toBe(300);
  await expect.poll(async () => (await frame.last().boundingBox())?.height, { timeout: 20_000 }).toBeGreaterThan(150);
  await playground.picture("result-charts");
});

test("the wheel over a result scrolls the output; a frame that is higher than its place scrolls itself first", async ({ playground }) => {
  const { page } = playground;
  const html = (height: number): string => `display({"text/html":\n  "<div style='height:${height}px'>frame</div><script>1</script>", "text/plain": "html"}, raw=True)`;
  await playground.runCode(`for i in range(80): print("row", i)\n${picture("a box")}\n${html(120)}\nfor i in range(3): print("end", i)`);
  const frame = playground.output.locator("iframe");
  const over = async (locator: Locator, way: number): Promise<void> => {
    const box = await locator.boundingBox();
    if (!box) throw new Error("it is not on the screen");
    await page.mouse.move(box.x + 40, box.y + box.height / 2);
    await page.mouse.wheel(0, way);
  };
  for (const each of [result(playground, "a box"), frame]) {
    await playground.output.focus();
    await page.keyboard.press("End");
    await expect(each).toBeInViewport({ ratio: 1 });
    const before = await top(each);
    await over(each, -120);
    await expect.poll(() => top(each)).toBeGreaterThan(before);
  }
  await page.getByRole("button", { name: "Clear output" }).click();
  await playground.runCode(`for i in range(80): print("row", i)\n${html(3000)}`);
  const body = frame.contentFrame().frameLocator("iframe").locator("html");
  const scrolled = (): Promise<number> => body.evaluate((page) => page.scrollTop);
  const before = await top(frame);
  await over(frame, 200);
  await expect.poll(scrolled).toBeGreaterThan(0);
  expect(await top(frame)).toBe(before);
  await over(frame, -1000);
  await expect.poll(scrolled).toBe(0);
  await over(frame, -120);
  await expect.poll(() => top(frame)).toBeGreaterThan(before);
});

test("of many results the newest stay, and each that goes leaves its text", async ({ playground }) => {
  test.slow();
  await playground.type(`for i in range(54):\n    display({"image/svg+xml": ${SVG}, "text/plain": f"box {i}"}, raw=True)`);
  await playground.run.click();
  await expect(playground.stop).toBeDisabled({ timeout: 80_000 });
  await playground.endsWith("completed in");
  await expect(playground.output.locator(".rich-result")).toHaveCount(50);
  await expect(result(playground, "box 53")).toBeVisible();
  await expect(playground.text).toContainText("box 52\nbox 53\n●");
});

test("a plot is an example", async ({ playground }) => {
  await playground.example("A plot");
  await playground.runUntil("completed in");
  await expect(playground.output.getByRole("img")).toBeVisible();
  await expect(playground.text).toContainText("The last value is");
  await playground.picture("result-plot");
});
