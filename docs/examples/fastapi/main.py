import asyncio
import logging
import os

import httpx
from fastapi import FastAPI, HTTPException

API_URL = os.environ.get("DAYTONA_API_URL", "https://app.daytona.io/api")
API_KEY = os.environ["DAYTONA_API_KEY"]
SANDBOX_ID = os.environ["SANDBOX_ID"]
TOOLBOX_PORT = 2280

app = FastAPI()


async def ask_daytona(client: httpx.AsyncClient, path: str) -> dict:
    response = await client.get(f"{API_URL}/sandbox/{SANDBOX_ID}{path}")
    response.raise_for_status()
    return response.json()


@app.post("/api/sandbox")
async def sandbox() -> dict:
    # Check here who asks: whoever gets the answer may run code in this sandbox.
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {API_KEY}"}) as client:
        try:
            proxy, preview = await asyncio.gather(
                ask_daytona(client, "/toolbox-proxy-url"),
                ask_daytona(client, f"/ports/{TOOLBOX_PORT}/preview-url"),
            )
        except httpx.HTTPError:
            logging.exception("sandbox %s", SANDBOX_ID)
            raise HTTPException(502, "The sandbox can't be reached just now. Try again in a minute.")
    return {"toolboxUrl": f"{proxy['url']}/{SANDBOX_ID}", "token": preview["token"]}
