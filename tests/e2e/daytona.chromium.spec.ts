import { startProxy } from "../daytona/proxy.mjs";
import { startStandIn } from "../daytona/stand-in.mjs";
import { expect, test as base, type Playground } from "./playground";

/** A sandbox with Daytona's own toolbox, behind the proxy that pages reach it through. */
interface Sandbox {
  toolboxUrl: string;
  issueToken: () => string;
  expireTokens: () => void;
  asked: string[];
  stopToolbox: () => Promise<void>;
}

const test = base.extend<{ sandbox: Sandbox }>({
  sandbox: async ({}, use) => {
    const toolbox = await startStandIn();
    const proxy = await startProxy(toolbox);
    let stopped: Promise<void> | undefined;
    const stopToolbox = (): Promise<void> => (stopped ??= toolbox.stop());
    const { toolboxUrl, issueToken, expireTokens, asked } = proxy;
    await use({ toolboxUrl, issueToken, expireTokens, asked, stopToolbox });
    await proxy.stop();
    await stopToolbox();
  },
});

test.beforeEach(async ({ playground, sandbox }) => {
  await playground.open();
  await enter(playground, sandbox.toolboxUrl, sandbox.issueToken());
  await expect(playground.page.getByRole("dialog")).toBeHidden();
  await expect(playground.page.getByRole("button", { name: "Connection: Connected" })).toBeVisible();
});

async function enter({ page }: Playground, toolboxUrl: string, token: string): Promise<void> {
  await page.getByRole("button", { name: /^Connection/ }).click();
  const dialog = page.getByRole("dialog", { name: "Connection" });
  await dialog.getByLabel("Toolbox URL").fill(toolboxUrl);
  await dialog.getByLabel("Token").fill(token);
  await dialog.getByRole("button", { name: "Connect" }).click();
}

test("Stop ends an endless loop, and keeps its variables", async ({ playground }) => {
  await playground.type("kept = 5\nprint('on')\nwhile True: pass");
  await playground.run.click();
  await expect(playground.text).toContainText("\non\n");
  await playground.stop.click();
  await playground.endsWith("stopped after");
  await playground.runCode("print('kept', kept)");
  await expect(playground.text).toContainText("\nkept 5\n");
});

test("input() is answered, and Stop ends its waiting", async ({ playground }) => {
  const { page } = playground;
  await playground.type("print('hello', input('name? '))");
  await playground.run.click();
  await page.getByRole("textbox", { name: "name?" }).fill("Ada");
  await page.keyboard.press("Enter");
  await playground.endsWith("completed in");
  await expect(playground.text).toContainText("name? Ada\nhello Ada\n");
  await playground.run.click();
  await expect(page.getByRole("textbox", { name: "name?" })).toBeVisible();
  await playground.stop.click();
  await playground.endsWith("stopped after");
});

test("a death says so, and the next run works", async ({ playground }) => {
  await playground.runCode("import os\nprint('last words')\nos._exit(3)", "Python ended after");
  await expect(playground.text).toContainText("\nlast words\n");
  await expect(playground.text).toContainText("variables are gone");
  await expect(playground.contexts).toContainText("Python ended");
  await playground.runCode("print('again')");
  await expect(playground.text).toContainText("\nagain\n");
  await expect(playground.contexts).not.toContainText("Python ended");
});

test("a result is shown in its place, and a traceback leads to its line", async ({ playground }) => {
  const svg = "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='30'><circle r='9' cx='20' cy='15'/></svg>";
  await playground.runCode(`class Picture:\n    def _repr_svg_(self): return "${svg}"\nprint('before')\ndisplay(Picture())\nprint('after')`);
  await expect(playground.output.getByRole("img")).toBeVisible();
  await expect(playground.text).toContainText(/before\n[\s\S]*after\n/);
  await playground.runCode("def f():\n    return 1 / 0\n\nf()", "error after");
  await expect(playground.text).toContainText('File "main.py", line 2, in f');
  await playground.page.getByRole("button", { name: "Go to line 2" }).click();
  await expect(playground.code).toBeFocused();
});

test("the page offers what this toolbox has, and asks it for nothing else", async ({ playground, sandbox }) => {
  const { page } = playground;
  await playground.runCode("particular = 1");
  await playground.type("");
  await page.keyboard.type("parti");
  await expect(page.getByRole("option", { name: "particular" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Restart Python in Default" }).click();
  await expect(page.getByText("Default has a fresh Python")).toBeVisible();
  await playground.runCode("particular", "error after");
  await page.getByRole("button", { name: /^Connection/ }).click();
  const dialog = page.getByRole("dialog", { name: "Connection" });
  await expect(dialog).toContainText("Python runs in this Daytona sandbox.");
  await expect(dialog).toContainText("Not available here: runs that go on when the page is reloaded.");
  await expect(dialog).toContainText("Daytona isolates its sandboxes.");
  const others = sandbox.asked.filter((request) => !/ \/toolbox\/[^/]+\/process\/(execute|interpreter\/(context|execute))( upgrade)?$/.test(request));
  expect(others).toEqual([]);
});

test("advice on a token and on a sandbox that is away is Daytona's", async ({ playground, sandbox }) => {
  const { page } = playground;
  sandbox.expireTokens();
  // A run that fails has the page look at once.
  await playground.run.click();
  await expect(page.getByText("the sandbox does not accept this page's token. It may have expired.")).toBeVisible();
  await page.getByRole("button", { name: "How to connect" }).click();
  const dialog = page.getByRole("dialog", { name: "Connection" });
  await expect(dialog).toContainText("Preview tokens expire");
  await dialog.getByLabel("Token").fill(sandbox.issueToken());
  await dialog.getByRole("button", { name: "Connect" }).click();
  await expect(page.getByRole("button", { name: "Connection: Connected" })).toBeVisible();
  await sandbox.stopToolbox();
  await playground.run.click();
  await expect(page.getByRole("button", { name: "Connection: Not connected" })).toBeVisible();
  await page.getByRole("button", { name: /^Connection/ }).click();
  await expect(dialog).toContainText("The sandbox answers, but something is wrong with it.");
  await expect(dialog).not.toContainText("--allow-origin");
});
