// The measurements that the parts of the benchmark pass to the report, and the rounds in which they are made.

/**
 * One quantity, measured for several contenders in the same run.
 *
 * @typedef {object} Measurement
 * @property {string} id           stable name, for example "toolbox.lines"; bars and charts refer to it
 * @property {string} title        one line for the table's first column
 * @property {string} unit         of the values: "lines/s", "ms", "MiB", …
 * @property {"higher" | "lower"} better
 * @property {Record<string, number[]>} values   contender → one value a round; "codecell" is always among them
 * @property {string} [note]       what a reader has to know to judge it: who is left out and why, what was done once only
 */

/**
 * A cost over a growing load; flat is good.
 *
 * @typedef {object} Growth
 * @property {string} id
 * @property {string} title
 * @property {string} x            what grows, with its unit
 * @property {string} y            the cost of one unit, with its unit
 * @property {{ contender: string, x: number, y: number }[]} points   medians
 */

/**
 * Measures every contender once a round, in an order that turns by one each round, so that none always comes after the same one.
 *
 * @template T
 * @param {number} rounds
 * @param {Record<string, () => Promise<T>>} contenders
 * @returns {Promise<Record<string, T[]>>} contender → one value a round
 */
export async function interleaved(rounds, contenders) {
  const names = Object.keys(contenders);
  const values = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(round + turn) % names.length];
      values[name].push(await contenders[name]());
    }
  }
  return values;
}

/** The middle of `values`, or the mean of the two in the middle. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
