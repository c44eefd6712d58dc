// Rounds in which a peer may fail, but codecell may not.

import { interleaved } from "../lib/measurement.mjs";

/** The contender that the goals are about. */
export const OWN = "codecell";

/** codecell, or Python, without rich results. */
export const WITHOUT = "without results";

/**
 * Like {@link interleaved}, but a peer that fails is left out, and `note` says why.
 *
 * @param {number} rounds
 * @param {Record<string, () => Promise<number>>} contenders
 * @returns {Promise<{ values: Record<string, number[]>, note: string }>}
 */
export async function turns(rounds, contenders) {
  const failures = new Map();
  const guarded = Object.entries(contenders).map(([name, once]) => [
    name,
    async () => {
      if (failures.has(name)) return NaN;
      try {
        return await once();
      } catch (error) {
        if (name === OWN) throw error;
        failures.set(name, error.message);
        return NaN;
      }
    },
  ]);
  const values = await interleaved(rounds, Object.fromEntries(guarded));
  const notes = [];
  for (const [name, reason] of failures) {
    delete values[name];
    notes.push(`Without ${name}, which failed: ${reason}`);
  }
  return { values, note: notes.join(" ") };
}
