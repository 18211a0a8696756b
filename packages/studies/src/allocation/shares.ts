/**
 * `total` in whole parts proportional to `weights` by largest remainder (ties
 * to the earlier), no part above its `limits`; what does not fit spills to the
 * next part with room, round and round. `total` must not exceed the sum of limits.
 */
export const shares = (total: number, weights: readonly number[], limits: readonly number[]): number[] => {
  const sum = weights.reduce((a, b) => a + b, 0);
  const exact = weights.map((weight) => (sum === 0 ? 0 : (total * weight) / sum));
  const parts = exact.map(Math.floor);
  const order = exact.map((_, i) => i).sort((a, b) => exact[b]! - parts[b]! - (exact[a]! - parts[a]!) || a - b);
  let left = total - parts.reduce((a, b) => a + b, 0);
  for (const i of order) {
    if (left === 0) break;
    parts[i] = parts[i]! + 1;
    left--;
  }
  let spill = left;
  for (let pass = 0; pass < 2; pass++) {
    for (const [i, limit] of limits.entries()) {
      const wanted = parts[i]! + spill;
      parts[i] = Math.min(wanted, limit);
      spill = wanted - parts[i];
    }
  }
  return parts;
};
