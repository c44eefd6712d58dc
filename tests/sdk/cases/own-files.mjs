// The package's own files and requests in Node: what tests/web/files.js holds in browsers, and what only Node can do.

import { equal, ok } from "node:assert/strict";
import { WebSocket } from "ws";
import * as inBrowsers from "../../web/files.js";

const same = Object.entries(inBrowsers).map(([name, body]) => [
  `files: ${name.replaceAll("_", " ")}`,
  ({ connect, files, toolbox }) => body({ connect: (options) => connect({ WebSocket, ...options }), files, toolboxUrl: toolbox.url, token: toolbox.token }),
]);

export const ownFiles = {
  ...Object.fromEntries(same),

  async "a stream is sent as it is read: it may be longer than memory"({ interpreter, files }) {
    const fs = files(interpreter);
    const [pieces, size] = [256, 1 << 18];
    let [given, ahead] = [0, 0];
    const data = new ReadableStream(
      {
        pull(controller) {
          if (given === pieces) return controller.close();
          given += 1;
          controller.enqueue(new Uint8Array(size));
        },
      },
      { highWaterMark: 0 },
    );
    const onProgress = ({ loaded, total }) => {
      equal(total, undefined);
      ahead = Math.max(ahead, given * size - loaded);
    };
    equal((await fs.write("long", data, { onProgress })).bytes, pieces * size);
    ok(ahead <= 2 * size, `${ahead} bytes were read ahead of what was sent`);
    equal((await fs.info("long")).size, pieces * size);
  },
};
