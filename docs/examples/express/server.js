import express from "express";

const { DAYTONA_API_KEY, DAYTONA_API_URL = "https://app.daytona.io/api", SANDBOX_ID, PORT = "3000" } = process.env;
const TOOLBOX_PORT = 2280;

async function askDaytona(path) {
  const response = await fetch(`${DAYTONA_API_URL}/sandbox/${SANDBOX_ID}${path}`, {
    headers: { Authorization: `Bearer ${DAYTONA_API_KEY}` },
  });
  if (!response.ok) throw new Error(`GET ${path} of sandbox ${SANDBOX_ID} answered ${response.status}`);
  return response.json();
}

const app = express();

app.post("/api/sandbox", async (request, response) => {
  // Check here who asks: whoever gets the answer may run code in this sandbox.
  try {
    const [proxy, preview] = await Promise.all([askDaytona("/toolbox-proxy-url"), askDaytona(`/ports/${TOOLBOX_PORT}/preview-url`)]);
    response.json({ toolboxUrl: `${proxy.url}/${SANDBOX_ID}`, token: preview.token });
  } catch (error) {
    console.error(error);
    response.status(502).json({ message: "The sandbox can't be reached just now. Try again in a minute." });
  }
});

app.listen(Number(PORT), "127.0.0.1", () => console.log(`http://127.0.0.1:${PORT}`));
