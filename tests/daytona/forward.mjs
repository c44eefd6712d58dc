// Sends requests and sockets on to another server: what the control planes, the proxy and the stand-in's `/proxy` share.

import { request as httpRequest } from "node:http";
import { connect } from "node:net";

/** Sends a request on to `target`, as options of Node's `http.request`, and its answer back with more `headers`. `fail` answers when nothing came. */
export function forwardRequest(request, response, target, { headers = {}, fail = () => response.destroy() } = {}) {
  const onward = httpRequest({ ...target, method: request.method }, (answer) => {
    response.writeHead(answer.statusCode, { ...answer.headers, ...headers });
    answer.pipe(response);
  });
  onward.on("error", () => (response.headersSent ? response.destroy() : fail()));
  request.pipe(onward);
}

/** Sends the start of a WebSocket on to `target`, and joins both sockets. They are in `sockets` while they are open; `onClose` is called after each. */
export function forwardSocket(socket, head, { host, port, path, headers }, sockets, onClose = () => {}) {
  const onward = connect(Number(port), host, () => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    onward.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
    onward.write(head);
    onward.pipe(socket).pipe(onward);
  });
  for (const end of [socket, onward]) {
    sockets.add(end);
    end.on("error", () => {});
    end.on("close", () => {
      sockets.delete(end);
      socket.destroy();
      onward.destroy();
      onClose();
    });
  }
}
