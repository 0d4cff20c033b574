/** What is said of many samples, and in which order they are taken. */

/** The value below which the share `q` (0 to 1) of the samples lies, between two of them by the distance. */
export function quantile(samples, q) {
  if (samples.length === 0) throw new RangeError('no samples');
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (samples) => quantile(samples, 0.5);

/** What a table says of samples. */
export function spread(samples) {
  return {
    n: samples.length,
    min: Math.min(...samples),
    p25: quantile(samples, 0.25),
    median: median(samples),
    p75: quantile(samples, 0.75),
    p95: quantile(samples, 0.95),
    p99: quantile(samples, 0.99),
    max: Math.max(...samples),
  };
}

/**
 * How many times the floor, by the medians of what was measured side by side.
 * @param {number[]} samples
 * @param {number[]} floor taken in turns with `samples`
 */
export function ratioToFloor(samples, floor) {
  const base = median(floor);
  if (!(base > 0)) throw new RangeError('the floor took no time');
  return median(samples) / base;
}

/**
 * A B C, C B A, A B C: what drifts on the machine touches all of them alike, and nobody always goes first.
 * @template T
 * @param {T[]} list
 * @param {number} rounds
 * @returns {T[]}
 */
export function interleave(list, rounds) {
  return Array.from({ length: rounds }, (_, round) =>
    round % 2 === 0 ? [...list] : [...list].reverse(),
  ).flat();
}
