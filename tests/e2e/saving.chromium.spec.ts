import { text } from "node:stream/consumers";
import { expect, test } from "./playground";

// Playwright hears of no download from a stock Firefox.
test("saving gives all of the output as text, to the letter", async ({ playground }) => {
  await playground.open();
  const long = "x".repeat(500);
  await playground.runCode(`import sys\nprint("one", "\\x1b[31mred\\x1b[0m", "漢字 🎉 <b>")\nprint("x" * 500)\nprint("10%\\r20%", file=sys.stderr)\nprint("  end  ")`);
  const [download] = await Promise.all([playground.page.waitForEvent("download"), playground.page.getByRole("button", { name: "Save output" }).click()]);
  expect(download.suggestedFilename()).toBe("output.txt");
  const content = await text(await download.createReadStream());
  expect(content).toMatch(/^❯ import sys\n/);
  expect(content.replace(/[\d.]+ s\n$/, "N s\n")).toBe(`❯ import sys\none red 漢字 🎉 <b>\n${long}\n20%\n  end  \n● completed in N s\n`);
});

test("saving output with pictures gives a page that holds them", async ({ playground }) => {
  await playground.open();
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"/>';
  await playground.runCode(`print("one <b>")\ndisplay({"image/svg+xml": '${svg}', "text/plain": "a picture"}, raw=True)\nprint("two")`);
  const [download] = await Promise.all([playground.page.waitForEvent("download"), playground.page.getByRole("button", { name: "Save output" }).click()]);
  expect(download.suggestedFilename()).toBe("output.html");
  const content = await text(await download.createReadStream());
  expect(content).toMatch(/one &lt;b><\/pre>\n<img [^>]*alt="a picture"[^>]*src="data:image\/svg\+xml[^>]*>\n<pre>two\n/);
});
