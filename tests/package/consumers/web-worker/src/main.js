const sandbox = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const output = document.querySelector("#output");
const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });

worker.addEventListener("message", ({ data }) => output.append(data));
worker.addEventListener("error", ({ message }) => output.append(message));
document.querySelector("#run").addEventListener("click", () => {
  output.replaceChildren();
  worker.postMessage(sandbox);
});
