// How fast output reaches a handler, and what it does to the page.

/** The lines of each measurement; `quick` shortens those that take long. */
export function amounts(quick) {
  return { frames: quick ? 10_000 : 100_000, costedFrames: quick ? 10_000 : 20_000, bigFrames: 2_000_000, million: quick ? 200_000 : 1_000_000, alternating: 50_000 };
}

/**
 * The frame server's scripts: one-line frames, each a message of its own; the same lines, in frames as large as a toolbox's; and one line, for short
 * runs. From those with `link`, who asks for a link gets one.
 */
export function scripts({ frames, costedFrames, bigFrames }) {
  return {
    frames: { lines: frames, bytes: 0, link: true },
    "plain-frames": { lines: costedFrames, bytes: 0 },
    "costed-frames": { lines: costedFrames, bytes: 0, link: true },
    "big-frames": { lines: bigFrames, bytes: 32 * 1024, link: true },
    short: { lines: 1, bytes: 0 },
  };
}

/** What frames of a script take of the page. */
const frameCosts = {
  "costed-frames": [
    {
      id: "client.frame-task", part: "task", title: "What one of those frames takes of the page's main thread",
      note: "The processor's time in all tasks, by Chromium's own count (TaskDuration): what else runs does not add to it. Most of it is Chromium's delivery.",
    },
    {
      id: "client.frame-script", part: "script", title: "Of that, in what Chromium calls of the page",
      note: "In the same runs (ScriptDuration). What a client does after a promise is in the row above alone.",
    },
  ],
  "plain-frames": [
    { id: "client.frame-plain", part: "task", title: "What one takes of the main thread where there is no link", note: "As from a stock toolbox, with `agent: false`." },
  ],
};

/** Frames from the scripted server, and lines from the real toolbox. `measured` and `add` add a measurement, `takeTurns` measures each contender: see measure.mjs. */
export async function measureOutput({ measured, add, takeTurns, call, cost, toolbox, frameServer, lines, quick, rounds }) {
  const [url] = frameServer.urls;
  const perSecond = (count, given) => async (name) => (count / (await call(name, "run", { ...given, characters: digits(count) }))) * 1000;

  await measured({
    id: "client.frames", title: `${words(lines.frames)} one-line frames to a handler`, unit: "frames/s", better: "higher",
    value: perSecond(lines.frames, { url, token: "", code: "frames" }), turns: 2 * rounds,
    note: `Frames made ahead, from a server in its own process. codecell asks for a link and gets one, as from its own toolbox: text without JSON, in a window. ${2 * rounds} rounds, as the clients differ by less than the rounds do.`,
  });
  for (const [code, costs] of Object.entries(frameCosts)) {
    const frames = { url, token: "", code, characters: digits(lines.costedFrames) };
    const taken = await takeTurns(rounds, (name) => cost(name, () => call(name, "run", frames)));
    for (const { id, part, title, note } of costs) {
      const values = Object.entries(taken).map(([name, all]) => [name, all.map((seconds) => (seconds[part] / lines.costedFrames) * 1e6)]);
      add({ id, title, unit: "µs", better: "lower", values: Object.fromEntries(values), note });
    }
  }
  await measured({
    id: "client.big-frames", title: "The same lines, in frames of 32 KB", unit: "lines/s", better: "higher",
    value: perSecond(lines.bigFrames, { url, token: "", code: "big-frames" }),
    note: `${words(lines.bigFrames)} lines.`,
  });

  const code = `for i in range(${lines.million}): print(i)`;
  const run = { url: toolbox.url, token: toolbox.token, code };
  await measured({
    id: "client.million", title: `${words(lines.million)} print(i) from the local toolbox to a handler`, unit: "lines/s", better: "higher",
    value: perSecond(lines.million, run),
    note: "From the call to its result, Python and the connection included; every value is of a run whose output was exact in length.",
  });
  if (quick) return;
  const alternating = `import sys\nfor i in range(${lines.alternating}):\n    print(i)\n    print(i, file=sys.stderr)`;
  await measured({
    id: "client.alternating", title: `${words(2 * lines.alternating)} lines, in turn on stdout and stderr`, unit: "lines/s", better: "higher",
    value: async (name) => 2 * (await perSecond(lines.alternating, { ...run, code: alternating })(name)),
    note: "From the local toolbox. Each line is a frame of its own.",
  });
  await measured({
    id: "client.longest-task", title: "Longest time the page was held up while they came", unit: "ms", better: "lower",
    value: (name) => call(name, "longest", { ...run, characters: digits(lines.million) }),
    note: "The longest gap between two turns of a MessageChannel, which are a fraction of a millisecond apart while nothing else happens.",
  });
}

/** How many characters the numbers below `count` are, each with its newline. */
function digits(count) {
  let characters = count;
  for (let from = 0, power = 10, width = 1; from < count; from = power, power *= 10, width += 1) characters += (Math.min(count, power) - from) * width;
  return characters;
}

function words(count) {
  return count === 1_000_000 ? "A million" : count.toLocaleString("en");
}
