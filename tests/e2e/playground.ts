import { test as base, expect, type Locator, type Page } from "@playwright/test";
import { Toolbox } from "./server";

/** The hash of the style that Playwright's own screenshot code adds, which the policy refuses: not the page's doing. */
const PICTURE_STYLE = "sha256-YjaKGikl";

/** The page as a person knows it: by the names of what is on it. */
export class Playground {
  constructor(readonly page: Page, readonly toolbox: Toolbox) {}

  get code(): Locator { return this.page.getByRole("textbox", { name: "Code", exact: true }); }
  get run(): Locator { return this.page.getByRole("button", { name: "Run", exact: true }); }
  get stop(): Locator { return this.page.getByRole("button", { name: "Stop", exact: true }); }
  get output(): Locator { return this.page.getByRole("log", { name: "Output" }); }
  get contexts(): Locator { return this.page.getByRole("list", { name: "Contexts" }); }

  async open(address: string = this.toolbox.page): Promise<void> {
    await this.page.goto(address);
    await expect(this.page.getByRole("button", { name: "Connection: Connected" })).toBeVisible();
    await expect(this.code).toBeVisible();
    await expect(this.output.locator(".xterm-rows")).toBeAttached();
  }

  async type(code: string): Promise<void> {
    // As a paste or an input method does; Playwright's own fill() makes Chromium carry inline styles over, which the policy reports.
    await this.code.click();
    await this.page.keyboard.press("ControlOrMeta+a");
    await this.page.keyboard.press("Delete");
    await this.page.keyboard.insertText(code);
  }

  /** Waits until the browser keeps `code`: what a reload or a crash brings back. */
  async kept(code: string): Promise<void> {
    await this.page.waitForFunction((wanted) => Object.values(localStorage).some((kept) => JSON.parse(kept)?.code === wanted), code);
  }

  /** Types the code, runs it, and waits until it ends as `ending` says. */
  async runCode(code: string, ending: string | RegExp = "completed in"): Promise<void> {
    await this.type(code);
    await this.runUntil(ending);
  }

  async runUntil(ending: string | RegExp): Promise<void> {
    await this.run.click();
    await expect(this.stop).toBeDisabled({ timeout: 20_000 });
    await this.endsWith(ending);
  }

  /** The output as text: what a screen reader reads there. */
  get text(): Locator { return this.output.locator(".transcript"); }

  /** Waits until the run is over and its text is read: the last line says how it ended. */
  async endsWith(ending: string | RegExp): Promise<void> {
    const pattern = typeof ending === "string" ? new RegExp(ending.replace(/[.()]/g, "\\$&")) : ending;
    const last = async (): Promise<string> => {
      if ((await this.output.getAttribute("aria-busy")) !== "false") return "busy";
      return (await this.text.textContent())?.trimEnd().split("\n").at(-1) ?? "";
    };
    await expect.poll(last).toMatch(pattern);
  }

  async chooseContext(name: string | RegExp): Promise<void> {
    await this.contexts.getByRole("button", { name }).first().click();
  }

  async newContext(cwd = ""): Promise<void> {
    await this.page.getByRole("button", { name: "New context" }).click();
    const dialog = this.page.getByRole("dialog", { name: "New context" });
    if (cwd) await dialog.getByLabel("Working directory").fill(cwd);
    await dialog.getByRole("button", { name: "Create" }).click();
  }

  async example(title: string): Promise<void> {
    await this.page.getByRole("button", { name: "Examples" }).click();
    await this.page.getByRole("dialog", { name: "Examples" }).getByRole("button", { name: title }).click();
  }

  /** Set by a test that ends its server: Firefox then reports a socket that was opened ahead at that moment. */
  serverGoes = false;

  /** Into a folder that git ignores, for people to look at. */
  async picture(name: string): Promise<void> {
    const browser = this.page.context().browser()?.browserType().name() ?? "browser";
    await this.page.screenshot({ path: `test-results/pictures/${browser}-${name}.png` });
  }
}

export const test = base.extend<{ playground: Playground }, { toolbox: Toolbox }>({
  toolbox: [
    async ({}, use) => {
      const toolbox = await Toolbox.start();
      await use(toolbox);
      await toolbox.stop();
    },
    { scope: "worker" },
  ],
  playground: async ({ page, toolbox }, use) => {
    const complaints: string[] = [];
    const playground = new Playground(page, toolbox);
    const complain = (text: string): void => {
      if (!text.includes(PICTURE_STYLE)) complaints.push(text);
    };
    page.on("console", (message) => {
      if (/content security policy|refused to|blocked an inline/i.test(message.text())) complain(message.text());
    });
    // Firefox reports what a policy refused as an error of the page, and also an answer that CORS keeps from it, which some tests are about.
    page.on("pageerror", (error) => {
      const unreachable = playground.serverGoes && error.message.includes("can’t establish a connection to the server");
      if (!unreachable && !error.message.startsWith("The Same Origin Policy disallows")) complain(error.message);
    });
    await use(playground);
    await toolbox.deleteContexts();
    expect(complaints, "what the page's policy refused, and what nobody caught").toEqual([]);
  },
});

export { expect };
