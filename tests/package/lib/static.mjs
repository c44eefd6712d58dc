// A file server for one folder on a free port, whose answers a test can change.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";

const types = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** Serves `folder`. `answer(path)` may give `{ status, headers, body }` to be sent in place of a file, or `{ headers }` to add to one. */
export async function serveFolder(folder, answer = () => undefined) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const path = normalize(decodeURIComponent(pathname.endsWith("/") ? `${pathname}index.html` : pathname));
    const special = answer(path) ?? {};
    try {
      const body = special.body ?? (await readFile(join(folder, path)));
      const type = types[extname(path)] ?? "application/octet-stream";
      response.writeHead(special.status ?? 200, { "content-type": type, "cache-control": "no-store", ...special.headers });
      response.end(body);
    } catch {
      response.writeHead(404, { "content-type": "text/plain" });
      response.end(`no such file: ${path}\n`);
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A port that was free a moment ago, for a server that must be told one. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
