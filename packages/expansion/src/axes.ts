import {
  type Json,
  type Label,
  type Labels,
  type Parameter,
  parameterPaths,
  type Role,
  type Sweep,
  valueAt,
  valueCount,
  valueJson,
  valueLabel,
} from "@allot/spec";
import { Faults } from "./faults.ts";

/** One parameter of an axis; a million generated values are made only when somebody reads them. */
export interface Level {
  readonly name: string;
  readonly paths: readonly string[];
  readonly labels: readonly Label[];
  readonly values: readonly Json[];
  /** Label → digit; the last one where a zip repeats a label. */
  readonly digits: ReadonlyMap<Label, number>;
}

/** One dimension of the product: a parameter, or several zipped. Its digits are 0 … size − 1, and `size` itself where it is inactive. */
export interface Axis {
  /** Position in the manifest. */
  readonly index: number;
  readonly levels: readonly Level[];
  readonly size: number;
  readonly role: Role;
  readonly when: string | undefined;
}

/** A parameter with the value it takes. */
export interface Setting {
  readonly axis: Axis;
  readonly level: Level;
  readonly digit: number;
}

type Levels = Pick<Parameter, "name" | "path" | "values" | "range" | "linspace" | "logspace">;

/** The axes of a sweep in manifest order. Throws ManifestError for names given twice, values given twice and zips of unequal length. */
export function axesOf(sweep: Sweep): Axis[] {
  const faults = new Faults(sweep);
  const owner = new Map<string, number>();
  const axes = sweep.spec.parameters.map((entry, index): Axis => {
    const zipped: readonly Levels[] = "zip" in entry ? entry.zip : [entry];
    const sizes = zipped.map((levels) => valueCount(levels));
    const uneven = sizes.findIndex((size) => size !== sizes[0]);
    if (uneven > 0) {
      const message = `"${zipped[uneven]?.name}" has ${sizes[uneven]} values and "${zipped[0]?.name}" ${sizes[0]}: zipped parameters move together, give them equally many`;
      faults.add({ path: ["spec", "parameters", index, "zip", uneven], message });
    }
    for (const levels of zipped) {
      const before = owner.get(levels.name);
      if (before !== undefined) faults.add({ path: ["spec", "parameters", index], message: `"${levels.name}" is already parameter ${before}; merge the two` });
      owner.set(levels.name, index);
    }
    const same = uneven > 0 ? undefined : equalPair(zipped, sizes[0] ?? 0);
    if (same) {
      const names = zipped.map(({ name }) => `"${name}"`).join(" and ");
      faults.add({ path: ["spec", "parameters", index], message: `values ${same.join(" and ")} of ${names} are equal; remove one` });
    }
    return { index, levels: zipped.map(levelOf), size: sizes[0] ?? 0, role: entry.role, when: entry.when };
  });
  faults.throwIfAny();
  return axes;
}

/** Positions of two equal values. Generated values are monotonic, so the two ends tell whether rounding made neighbours equal. */
function equalPair(zipped: readonly Levels[], size: number): [number, number] | undefined {
  const generated = zipped.every(({ values }) => !values);
  const pairs: [number, number][] =
    generated && size > 1
      ? [
          [0, 1],
          [size - 2, size - 1],
        ]
      : [];
  if (generated) return pairs.find(([a, b]) => zipped.every((levels) => valueAt(levels, a) === valueAt(levels, b)));
  const first = new Map<string, number>();
  for (let digit = 0; digit < size; digit++) {
    const labels = JSON.stringify(zipped.map((levels) => valueLabel(valueAt(levels, digit))));
    const before = first.get(labels);
    if (before !== undefined) return [before, digit];
    first.set(labels, digit);
  }
  return undefined;
}

/** The digit the labels of an axis agree on; the axis's size where none is named, undefined where there is no such value. */
export function digitOf({ levels, size }: Axis, labels: Labels): number | undefined {
  const named = levels.filter(({ name }) => Object.hasOwn(labels, name));
  if (named.length === 0) return size;
  if (named.length < levels.length) return undefined;
  const fits = (digit: number) => levels.every(({ name, labels: all }) => all[digit] === labels[name]);
  const { name, digits, labels: all } = levels[0]!;
  const guess = digits.get(labels[name]!);
  if (guess === undefined || fits(guess)) return guess;
  const digit = all.findIndex((_label, at) => fits(at));
  return digit < 0 ? undefined : digit;
}

function levelOf(levels: Levels): Level {
  const count = valueCount(levels);
  const all = <T>(read: (value: ReturnType<typeof valueAt>) => T) =>
    once(() => Array.from({ length: count }, (_unused, digit) => read(valueAt(levels, digit))));
  const labels = all(valueLabel);
  const values = all(valueJson);
  const digits = once(() => new Map(labels().map((label, digit) => [label, digit])));
  return {
    name: levels.name,
    paths: parameterPaths(levels),
    get labels() {
      return labels();
    },
    get values() {
      return values();
    },
    get digits() {
      return digits();
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
