const sandbox = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const output = document.querySelector("#output");

navigator.serviceWorker.register("service-worker.js");
navigator.serviceWorker.addEventListener("message", ({ data }) => output.append(data));
document.querySelector("#run").addEventListener("click", async () => {
  output.replaceChildren();
  const { active } = await navigator.serviceWorker.ready;
  active.postMessage(sandbox);
});
