// A TCP proxy that breaks: it cuts connections, refuses new ones, or swallows what goes through it.

import { connect, createServer } from "node:net";

/** Starts one in front of a toolbox, on a free port. */
export async function startCuttingProxy(toolboxUrl) {
  const { hostname, port } = new URL(toolboxUrl);
  /** @type {Set<[import("node:net").Socket, import("node:net").Socket]>} */
  const pairs = new Set();
  let isOpen = true;
  const server = createServer((client) => {
    client.on("error", () => {});
    if (!isOpen) return client.destroy();
    const onward = connect(Number(port), hostname);
    /** @type {[import("node:net").Socket, import("node:net").Socket]} */
    const pair = [client, onward];
    pairs.add(pair);
    client.pipe(onward);
    onward.pipe(client);
    for (const end of pair) {
      end.on("error", () => {});
      end.on("close", () => {
        pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const proxy = {
    url: `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`,
    /** Cuts every connection; gives their number. */
    cut() {
      const count = pairs.size;
      for (const pair of pairs) for (const end of pair) end.destroy();
      return count;
    },
    /** Refuses connections from now on. */
    close: () => (isOpen = false),
    /** Takes connections again. */
    open: () => (isOpen = true),
    /** Lets nothing more through the connections that there are, and does not end them. */
    swallow() {
      for (const [client, onward] of pairs) {
        client.unpipe(onward).resume();
        onward.unpipe(client).resume();
      }
    },
    stop() {
      proxy.cut();
      server.close();
    },
  };
  return proxy;
}
