import { connect } from "codecell";

async function askBackend() {
  const response = await fetch("/api/sandbox", { method: "POST" });
  if (!response.ok) throw new Error(`the backend answered ${response.status}`);
  return response.json();
}

let answer;

export const interpreter = await connect({
  // Called on first use, and again when the toolbox has refused the token.
  token: async () => (await (answer = askBackend())).token,
  toolboxUrl: async () => (await (answer ??= askBackend())).toolboxUrl,
});
