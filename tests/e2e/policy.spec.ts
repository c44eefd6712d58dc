import { expect, test } from "./playground";

test("the page carries the policy that the toolbox sends with it, so that it holds behind any server", async ({ playground, toolbox }) => {
  const sent = (await fetch(toolbox.url)).headers.get("content-security-policy") ?? "";
  expect(sent).toContain("script-src 'self' 'wasm-unsafe-eval'");
  expect(sent).toContain("frame-ancestors 'none'");
  await playground.open();
  const carried = await playground.page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute("content");
  // Browsers take this one from the header only.
  expect(carried?.split("; ")).toEqual(sent.split("; ").filter((directive) => !directive.startsWith("frame-ancestors")));
});
