// What of Daytona's control plane and of its proxy the clients need to reach a toolbox: the sandbox, its toolbox proxy's URL, a preview token, and
// the way through the proxy to a real toolbox.

import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import { forwardRequest, forwardSocket } from "../daytona/forward.mjs";

/**
 * Starts one on a free port. `apiKey` is what it asks for; `previewToken` is what it hands out, and what the toolbox takes.
 *
 * Gives `apiUrl`; the sandbox's id, its toolbox's URL behind the proxy and the key; `asked`, a list of every request as `{ what, headers }`; `answers`,
 * what the control plane says to each path, for a test to change; `quiet`, which resolves once no socket leads to the toolbox; and `stop`.
 */
export async function startControlPlane({ toolbox, apiKey, sandboxId = "sandbox-1" }) {
  const asked = [];
  const note = ({ method, url, headers }, upgrade = "") => asked.push({ what: `${method} ${url}${upgrade}`, headers });
  const prefix = `/toolbox/${sandboxId}`;
  const origin = new URL(toolbox.url);
  const sockets = new Set();
  const changes = new EventEmitter();

  const server = createServer((request, response) => {
    note(request);
    if (request.url.startsWith(prefix)) return forwardRequest(request, response, targetOf(request));
    const answer = request.headers.authorization === `Bearer ${apiKey}` ? answers[request.url] : { statusCode: 401, message: "Unauthorized" };
    response.writeHead(answer?.statusCode ?? (answer ? 200 : 404), { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? { statusCode: 404, message: `no ${request.url}` }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${server.address().port}`;
  const answers = {
    [`/api/sandbox/${sandboxId}`]: {
      id: sandboxId, name: sandboxId, state: "started", toolboxProxyUrl: `${base}/toolbox`, labels: {},
      // The Python client checks that these are there.
      organizationId: "o", user: "u", target: "local", env: {}, public: false, networkBlockAll: false, kvm: false, cpu: 1, gpu: 0, memory: 1, disk: 1,
    },
    [`/api/sandbox/${sandboxId}/toolbox-proxy-url`]: { url: `${base}/toolbox` },
    [`/api/sandbox/${sandboxId}/ports/2280/preview-url`]: { url: `${base}${prefix}`, token: toolbox.token },
  };

  server.on("upgrade", (request, socket, head) => {
    note(request, " upgrade");
    if (!request.url.startsWith(prefix)) return socket.destroy();
    forwardSocket(socket, head, targetOf(request), sockets, () => sockets.size === 0 && changes.emit("quiet"));
  });

  /** The proxy takes the API key, and lets itself in with the toolbox's own token. */
  function targetOf(request) {
    const { authorization, ...others } = request.headers;
    const known = authorization === `Bearer ${apiKey}`;
    const headers = { ...others, host: origin.host, ...(known ? { "x-daytona-preview-token": toolbox.token } : authorization && { authorization }) };
    return { host: origin.hostname, port: origin.port, path: request.url.slice(prefix.length), headers };
  }

  return {
    apiUrl: `${base}/api`,
    apiKey,
    sandboxId,
    toolboxUrl: `${base}${prefix}`,
    asked,
    answers,
    quiet: async () => sockets.size > 0 && once(changes, "quiet"),
    stop() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
