// The duration of a short run: the first of a client and later ones, next to the toolbox and at a distance.

import { interleaved, median } from "../lib/measurement.mjs";
import { startDelayProxy } from "./peers/start.mjs";

const FAR_MS = 50;
/** The shortest time between two clicks on Run. */
const PAUSE_MS = { near: 100, far: 400 };
const CROWD = 1_000;
/** How many runs a client can start at once. */
const AT_ONCE = { codecell: CROWD, others: 200 };
/** How often a connection is cut. */
const RESUMES = 5;
/** A run of about a second, in which the connection is cut. */
const ticking = { code: "import time\nfor i in range(400):\n    print(i % 10)\n    time.sleep(0.002)", characters: 800, afterMs: 700 };
const short = { code: "print(1)", characters: 2 };

/** Short runs with the real toolbox. */
export async function measureRoundTrips({ measured, add, call, toolbox, ends, quick }) {
  const near = { url: toolbox.url, token: toolbox.token, ...short };
  await repeat("client.repeat-0", "A repeated short run, beside the toolbox", near, { count: 10, pause: PAUSE_MS.near });
  await measured({
    id: "client.crowd", title: "A thousand short runs, started together, beside the toolbox", unit: "ms", better: "lower", turns: quick ? 1 : 3,
    value: (name) => call(name, "crowd", { ...near, count: quick ? CROWD / 4 : CROWD, atOnce: AT_ONCE[name] ?? AT_ONCE.others }),
    note: "To the last result, all in one context; three rounds. A client with a socket for each run starts 200 at a time: browsers open no more.",
  });
  if (!quick) await first("client.first-0", "A client's first run, beside the toolbox", near, 5);

  const proxy = await startDelayProxy(toolbox.url, FAR_MS);
  ends.push(proxy.stop);
  const far = { ...near, url: proxy.url };
  const distance = `Through a proxy that holds bytes back for ${FAR_MS} ms each way, and a new connection's for its handshake's round trip, as a network would.`;
  await repeat("client.repeat-50", `A repeated short run, ${FAR_MS} ms away`, far, { count: quick ? 1 : 20, pause: PAUSE_MS.far }, ` ${distance}`);
  if (quick) return;
  await first("client.first-50", `A client's first run, ${FAR_MS} ms away`, far, 2, ` ${distance}`);
  const pause = async () => {
    const running = call("codecell", "pause", { ...far, ...ticking });
    setTimeout(proxy.cut, ticking.afterMs);
    return running;
  };
  const { codecell } = await interleaved(RESUMES, { codecell: pause });
  add({
    id: "client.resume-50", title: `From a cut of the connection to the next output, ${FAR_MS} ms away`, unit: "ms", better: "lower", values: { codecell },
    note: `The code prints every 2 ms; this is the longest time without output, of a run whose output was exact. ${distance} The others lose the run.`,
  });

  function repeat(id, title, run, { count, pause }, rest = "") {
    return measured({
      id, title, unit: "ms", better: "lower",
      value: async (name) => median(await call(name, "repeated", { ...run, count, pause })),
      note:
        `Each value the median of ${count} runs, with ${pause} ms before each for every contender, less than a person takes between two clicks.${rest} ` +
        `codecell's runs share a connection. The official client is handed its token, where in a page it asks the control plane before each run.`,
    });
  }

  function first(id, title, run, count, rest = "") {
    return measured({
      id, title, unit: "ms", better: "lower",
      value: async (name) => {
        const times = [];
        while (times.length < count) times.push(await call(name, "run", run));
        return median(times);
      },
      note: `After connect(), with the code loaded; each value the median of ${count} fresh clients.${rest}`,
    });
  }
}
