import { connect } from "codecell";

async function askBackend() {
  const response = await fetch("/api/sandbox", { method: "POST" });
  if (!response.ok) throw new Error(`the backend answered ${response.status}`);
  return response.json();
}

const { toolboxUrl, token } = await askBackend();
let firstToken = token;

export const interpreter = await connect({
  toolboxUrl,
  // Called on first use, and again when the toolbox has refused the token.
  token: async () => {
    const next = firstToken ?? (await askBackend()).token;
    firstToken = undefined;
    return next;
  },
});
