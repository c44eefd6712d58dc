// Numbers for people.

import { median } from "../lib/measurement.mjs";

/** Three significant digits, with short suffixes for thousands and millions. */
export function short(value) {
  const size = Math.abs(value);
  if (size >= 1e6) return `${(value / 1e6).toPrecision(3)} M`;
  if (size >= 1e4) return `${(value / 1e3).toPrecision(3)} k`;
  return size >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

/** The median, with the smallest and the largest value where there are several. */
export function spread(values) {
  const middle = short(median(values));
  if (values.length === 1) return middle;
  return `${middle} (${short(Math.min(...values))}–${short(Math.max(...values))})`;
}

/** How many times better `mine` is than `theirs`: above 1 is better, whichever way is better. */
export function advantage(measurement, mine, theirs) {
  const [one, other] = [median(measurement.values[mine]), median(measurement.values[theirs])];
  return measurement.better === "higher" ? one / other : other / one;
}
