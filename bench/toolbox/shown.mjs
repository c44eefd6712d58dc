// Rich results, beside the same without them.

import { median } from "../lib/measurement.mjs";
import { turns, WITHOUT } from "./contenders.mjs";

const PICTURE_BYTES = 10_000_000;
/** Of a line of the text, with its newline. */
const LINE_BYTES = 64;
const RUNS = 200;

/** @returns {Promise<import("../lib/measurement.mjs").Measurement[]>} */
export async function shown({ client, codecell, rounds, log }) {
  const { ids } = await client(codecell, { do: "create", count: 2 });
  const [id, untouched] = ids;
  const measurements = [];
  const add = async (measurement, contenders) => {
    log(measurement.title);
    const { values } = await turns(rounds, contenders);
    measurements.push({ ...measurement, values });
  };
  const milliseconds = async (work) => median((await client(codecell, { do: "run", id, ...work })).milliseconds);

  await milliseconds({ code: `import os, sys; picture = os.urandom(${PICTURE_BYTES}); text = ("x" * ${LINE_BYTES - 1} + "\\n") * (${PICTURE_BYTES} // ${LINE_BYTES})` });
  const rate = async (work) => PICTURE_BYTES / 1e3 / (await milliseconds(work));
  await add(
    {
      id: "toolbox.picture", title: "A picture of 10 MB", unit: "MB/s", better: "higher",
      note: `Random bytes, which arrive as base64. Without results: 10 MB of text, in lines of ${LINE_BYTES} bytes.`,
    },
    {
      codecell: () => rate({ code: 'display({"image/png": picture}, raw=True)', results: true, shown: Math.floor(PICTURE_BYTES / 3) * 4 }),
      [WITHOUT]: () => rate({ code: "_ = sys.stdout.write(text)", output: PICTURE_BYTES }),
    },
  );
  const short = { unit: "ms", better: "lower" };
  const count = `The median of ${RUNS} runs a round.`;
  await add(
    { id: "toolbox.value", title: "A run of `1`, which is shown", ...short, note: `${count} Without results: \`print(1)\`.` },
    {
      codecell: () => milliseconds({ code: "1", count: RUNS, results: true, shown: 1 }),
      [WITHOUT]: () => milliseconds({ code: "print(1)", count: RUNS, output: 2 }),
    },
  );
  await add(
    { id: "toolbox.no-results", title: "A run of `pass` that wants no results, after others that did", ...short, note: `${count} Without results: in a context where no run ever did.` },
    {
      codecell: () => milliseconds({ code: "pass", count: RUNS }),
      [WITHOUT]: () => milliseconds({ id: untouched, code: "pass", count: RUNS }),
    },
  );
  await client(codecell, { do: "remove", ids });
  return measurements;
}
