import { expect, test } from "./playground";

test.beforeEach(({ playground }) => playground.open());

test("frames of the code look like links, those of libraries do not, and the error is said once", async ({ playground }) => {
  await playground.runCode("import json\ndef f():\n    return json.loads('x')\n\nf()", "error after");
  const decoration = (text: string): Promise<string> =>
    playground.output.locator(".xterm-rows span", { hasText: text }).first().evaluate((span) => getComputedStyle(span).textDecorationLine);
  expect(await decoration("line 5")).toBe("underline");
  expect(await decoration("line 3")).toBe("underline");
  expect(await decoration("decoder.py")).not.toBe("underline");
  expect(await decoration("JSONDecodeError")).not.toBe("underline");
  const text = await playground.page.locator("body").evaluate((body) => {
    const copy = body.cloneNode(true) as HTMLElement;
    // Said to a screen reader, and shown: the same text.
    for (const each of copy.querySelectorAll(".transcript, [role=status]")) each.remove();
    return copy.textContent;
  });
  expect(text?.match(/JSONDecodeError/g)).toHaveLength(2);
  expect(text?.match(/Expecting value: line 1/g)).toHaveLength(1);
});

test("a frame in the code of an earlier run is no link into the file of this one", async ({ playground }) => {
  await playground.runCode("def f():\n    return 1 / 0");
  await playground.runCode("x = 1\ny = 2\nz = f()", "error after");
  const bar = playground.page.getByRole("region", { name: "Last error" });
  await expect(bar.getByRole("button", { name: /^Go to line/ })).toHaveCount(1);
  await expect(bar.getByRole("button", { name: "Go to line 3" })).toBeVisible();
});
