// The processes at the other end. Each prints its address on its first line.

import { join } from "node:path";
import { start } from "../../../tests/lib/process.mjs";

const START_TIMEOUT_MS = 20_000;

/** A server that sends `scripts`, on as many ports; gives their URLs, how many sockets are open, and `stop`. */
export async function startFrameServer(scripts, ports) {
  const peer = await startPeer("frame-server.mjs", [JSON.stringify(scripts), ports]);
  const urls = peer.said.map((port) => `http://127.0.0.1:${port}`);
  return { urls, sockets: async () => Number(await (await fetch(urls[0])).text()), stop: peer.stop };
}

/** A way to the server at `url` that takes `delay` milliseconds; gives its URL, `cut` for its connections, and `stop`. */
export async function startDelayProxy(url, delay) {
  const peer = await startPeer("delay-proxy.mjs", [new URL(url).port, delay]);
  return { url: `http://127.0.0.1:${peer.said}`, cut: peer.cut, stop: peer.stop };
}

async function startPeer(file, args) {
  const peer = start(process.execPath, [join(import.meta.dirname, file), ...args.map(String)]);
  const timer = setTimeout(() => peer.stop(), START_TIMEOUT_MS);
  const firstLine = new Promise((resolve) => {
    peer.child.stdout.on("data", () => peer.output().includes("\n") && resolve());
  });
  try {
    await Promise.race([
      firstLine,
      peer.ended.then((status) => {
        throw new Error(`${file} ended with ${status} before it said where it is:\n${peer.output()}`);
      }),
    ]);
    const cut = () => peer.child.kill("SIGUSR2");
    return { said: JSON.parse(peer.output().split("\n")[0]), cut, stop: peer.stop };
  } finally {
    clearTimeout(timer);
  }
}
