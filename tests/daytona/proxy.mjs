// What stands before a toolbox at Daytona: the control plane, which names the sandbox's toolbox and gives out tokens, and the proxy, which takes them,
// answers for pages of any origin, and passes the rest on.

import { createServer } from "node:http";
import { forwardRequest, forwardSocket } from "./forward.mjs";

const TOKEN_HEADER = "x-daytona-preview-token";
const TOKEN_QUERY = "DAYTONA_SANDBOX_AUTH_KEY";

/**
 * Starts one on a free port, before the toolbox at `url`.
 *
 * Gives `apiUrl`, `apiKey`, `sandboxId`, and `toolboxUrl`, the way through the proxy; `issueToken`, as the control plane does; `expireTokens`, after
 * which none that was given out is good any more; `asked`, every request as `METHOD path`; and `stop`.
 */
export async function startProxy({ url, apiKey = "an-api-key", sandboxId = "sandbox-1" }) {
  const toolbox = new URL(url);
  const prefix = `/toolbox/${sandboxId}`;
  const tokens = new Set();
  const asked = [];
  const sockets = new Set();
  let issued = 0;

  const issueToken = () => {
    const token = `token-${++issued}`;
    tokens.add(token);
    return token;
  };

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://proxy");
    asked.push(`${request.method} ${pathname}`);
    if (pathname.startsWith("/api/")) return control(request, response, pathname);
    if (!pathname.startsWith(`${prefix}/`)) return refuse(request, response, 404, "NOT_FOUND", "sandbox not found");
    if (request.method === "OPTIONS") return response.writeHead(204, crossOrigin(request)).end();
    if (!isAdmitted(request)) return refuse(request, response, 401, "UNAUTHORIZED", "invalid or missing credentials");
    const fail = () => refuse(request, response, 502, "BAD_GATEWAY", "the toolbox does not answer");
    forwardRequest(request, response, targetOf(request), { headers: crossOrigin(request), fail });
  });

  function control(request, response, path) {
    const base = `http://127.0.0.1:${server.address().port}`;
    const answers = {
      [`/api/sandbox/${sandboxId}`]: () => ({ id: sandboxId, name: sandboxId, state: "started", toolboxProxyUrl: `${base}/toolbox`, labels: {} }),
      [`/api/sandbox/${sandboxId}/toolbox-proxy-url`]: () => ({ url: `${base}/toolbox` }),
      [`/api/sandbox/${sandboxId}/ports/2280/preview-url`]: () => ({ url: `${base}${prefix}`, token: issueToken() }),
    };
    if (!hasKey(request)) return refuse(request, response, 401, "UNAUTHORIZED", "Unauthorized");
    if (!answers[path]) return refuse(request, response, 404, "NOT_FOUND", `no ${path}`);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answers[path]()));
  }

  server.on("upgrade", (request, socket, head) => {
    asked.push(`${request.method} ${new URL(request.url, "http://proxy").pathname} upgrade`);
    socket.on("error", () => {});
    if (!request.url.startsWith(`${prefix}/`)) return socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
    // A page's WebSocket sees none of this.
    if (!isAdmitted(request)) return socket.end("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n");
    forwardSocket(socket, head, targetOf(request), sockets);
  });

  const hasKey = ({ headers }) => headers.authorization === `Bearer ${apiKey}`;
  const isAdmitted = (request) =>
    hasKey(request) || tokens.has(request.headers[TOKEN_HEADER]) || tokens.has(new URL(request.url, "http://proxy").searchParams.get(TOKEN_QUERY));

  const targetOf = ({ url, headers: { authorization, [TOKEN_HEADER]: token, ...headers } }) => ({
    host: toolbox.hostname, port: toolbox.port, path: url.slice(prefix.length), headers: { ...headers, host: toolbox.host },
  });

  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${server.address().port}`;
  return {
    apiUrl: `${base}/api`,
    apiKey,
    sandboxId,
    toolboxUrl: `${base}${prefix}`,
    issueToken,
    expireTokens: () => tokens.clear(),
    asked,
    stop() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What lets a page of any origin read the answer (Fetch, 3.2). */
function crossOrigin({ headers }) {
  if (!headers.origin) return {};
  return {
    "access-control-allow-origin": headers.origin,
    "access-control-allow-credentials": "true",
    "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
    "access-control-allow-headers": headers["access-control-request-headers"] ?? "*",
    vary: "Origin",
  };
}

function refuse(request, response, statusCode, code, message) {
  const { pathname: path } = new URL(request.url, "http://proxy");
  const words = { statusCode, message, code, timestamp: new Date().toISOString(), path, method: request.method };
  response.writeHead(statusCode, { "content-type": "application/json", ...crossOrigin(request) }).end(JSON.stringify(words));
}
