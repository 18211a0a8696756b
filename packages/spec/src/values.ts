import { canonicalJson } from "./canonical.ts";
import type { Label } from "./labels.ts";
import { valueJson, valueLabel } from "./labels.ts";
import type { Json, Parameter, Value } from "./sweep/parameters.ts";

/** The four ways to say which values a parameter has; exactly one is given. */
export type Levels = Pick<Parameter, "values" | "range" | "linspace" | "logspace">;

/** Sums of steps and powers are rounded to 12 significant digits, so `0.3` is not `0.30000000000000004` and no last bit of `pow` decides an identity. */
const digits = 12;

/** How many values the parameter has. O(1). */
export function valueCount(levels: Levels): number {
  if (levels.values) return levels.values.length;
  if (levels.range) return Math.floor((levels.range.to - levels.range.from) / levels.range.step + 1e-9) + 1;
  return (levels.linspace ?? levels.logspace)?.count ?? 0;
}

/** The value at a position, 0 … valueCount − 1. O(1); throws RangeError outside. */
export function valueAt(levels: Levels, position: number): Value {
  if (!Number.isInteger(position) || position < 0 || position >= valueCount(levels)) {
    throw new RangeError(`value ${position} of a parameter with ${valueCount(levels)} values`);
  }
  const listed = levels.values?.[position];
  if (listed !== undefined) return listed;
  if (levels.range) return rounded(levels.range.from + position * levels.range.step);
  return spacedAt(levels, position);
}

function spacedAt({ linspace, logspace }: Levels, position: number): number {
  const spaced = linspace ?? logspace;
  if (!spaced) throw new TypeError("a parameter without values, range, linspace or logspace");
  const { from, to, count } = spaced;
  if (position === 0) return from;
  if (position === count - 1) return to;
  const share = position / (count - 1);
  return rounded(linspace ? from + (to - from) * share : from * power(to / from, share));
}

/** base^share for 0 ≤ share < 1 by repeated square roots: only operations that IEEE 754 rounds exactly, so the same value everywhere. */
function power(base: number, share: number): number {
  let [result, root, rest] = [1, base, share];
  while (rest > 0) {
    root = Math.sqrt(root);
    rest *= 2;
    if (rest < 1) continue;
    result *= root;
    rest -= 1;
  }
  return result;
}

function rounded(value: number): number {
  return Number(value.toPrecision(digits));
}

/** Where a label (or, failing that, a bare value) stands; undefined when no value is called so. O(1) for generated values. */
export function positionOf(levels: Levels, named: Json): number | undefined {
  if (!levels.values) return generatedPosition(levels, named);
  const byLabel = levels.values.findIndex((value) => valueLabel(value) === named);
  if (byLabel >= 0) return byLabel;
  const byValue = levels.values.findIndex((value) => canonicalJson(valueJson(value)) === canonicalJson(named));
  return byValue >= 0 ? byValue : undefined;
}

function generatedPosition(levels: Levels, named: Json): number | undefined {
  if (typeof named !== "number") return undefined;
  const guess = Math.round(approximatePosition(levels, named));
  return [guess - 1, guess, guess + 1].find((at) => at >= 0 && at < valueCount(levels) && valueAt(levels, at) === named);
}

function approximatePosition({ range, linspace, logspace }: Levels, value: number): number {
  if (range) return (value - range.from) / range.step;
  if (linspace) return ((value - linspace.from) / (linspace.to - linspace.from)) * (linspace.count - 1);
  if (logspace) return (Math.log(value / logspace.from) / Math.log(logspace.to / logspace.from)) * (logspace.count - 1);
  return Number.NaN;
}

/** At most `most` labels from the start, for messages. */
export function someLabels(levels: Levels, most: number): Label[] {
  return Array.from({ length: Math.min(most, valueCount(levels)) }, (_unused, at) => valueLabel(valueAt(levels, at)));
}
