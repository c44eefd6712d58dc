// Runs the suite: `CODECELL_SERVER=…/codecell-server npm test`. Arguments go to Playwright.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const here = new URL(".", import.meta.url);
const server = process.env.CODECELL_SERVER;
const page = process.env.CODECELL_WWW ?? new URL("../../www/dist", here).pathname;
if (!server || !existsSync(server)) fail(`CODECELL_SERVER must name the codecell-server binary, and is ${server ?? "not set"}`);
if (!existsSync(`${page}/index.html`)) fail(`${page} holds no built page: run "npm ci && npm run build" in www/`);

const browsers = { chromium: process.env.CHROME_PATH ?? "/usr/bin/chromium", firefox: process.env.FIREFOX_PATH ?? "/usr/bin/firefox" };
const missing = Object.keys(browsers).filter((name) => !existsSync(browsers[name]));
for (const name of missing) console.log(`skipped: ${name} is not at ${browsers[name]}`);
if (missing.length === 2 || (missing.length > 0 && process.env.CI)) fail(`no ${missing.join(" and no ")}`);

const projects = missing.length > 0 ? Object.keys(browsers).filter((name) => !missing.includes(name)).map((name) => `--project=${name}`) : [];
const { status } = spawnSync("npx", ["playwright", "test", ...projects, ...process.argv.slice(2)], {
  cwd: here,
  stdio: "inherit",
  env: { ...process.env, CODECELL_SERVER: server, CODECELL_WWW: page },
});
process.exit(status ?? 1);

function fail(why) {
  console.error(why);
  process.exit(1);
}
