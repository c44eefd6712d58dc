import { createServer } from "vite";
import { expect, test } from "./playground";
import { Toolbox } from "./server";

test("the development server serves the page, which runs code in a toolbox of another address", async ({ playground }) => {
  test.slow();
  const { page } = playground;
  const root = new URL("../../www", import.meta.url).pathname;
  const vite = await createServer({ root, logLevel: "error", server: { port: 0, strictPort: false, host: "127.0.0.1" } });
  await vite.listen();
  const address = vite.httpServer?.address();
  if (!address || typeof address === "string") throw new Error("the development server has no port");
  const origin = `http://127.0.0.1:${address.port}`;
  const toolbox = await Toolbox.start({ options: ["--allow-origin", origin] });
  try {
    await page.goto(origin);
    await page.getByRole("button", { name: /^Connection/ }).click();
    const dialog = page.getByRole("dialog", { name: "Connection" });
    await dialog.getByLabel("Toolbox URL").fill(toolbox.url);
    await dialog.getByLabel("Token").fill(toolbox.token);
    await dialog.getByRole("button", { name: "Connect" }).click();
    await expect(dialog).toBeHidden();
    await playground.runCode('print("from the development server")');
    await expect(playground.text).toContainText("\nfrom the development server\n");
  } finally {
    playground.serverGoes = true;
    await toolbox.stop();
    await vite.close();
  }
});
