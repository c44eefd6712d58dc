// Runs every check, and prints the ones that failed.

import { checks as charts } from "./charts.js";
import { checks as elements } from "./elements.js";
import { checks as frames } from "./frames.js";
import { checks as hostile } from "./hostile.js";
import { checks as strict } from "./strict.js";

const run = document.getElementById("run");
const groups = location.pathname.startsWith("/strict") ? [strict] : [elements, frames, charts, hostile];

run.addEventListener("click", async () => {
  const output = document.getElementById("output");
  let failures = "";
  for (const [name, check] of groups.flatMap(Object.entries)) {
    output.textContent = `${failures}running: ${name}`;
    try {
      await check();
    } catch (error) {
      failures += `${name}: ${error.message}\n`;
    }
  }
  output.textContent = failures || "every check passed\n";
});
run.disabled = false;
