import { type Json, type Sweep, valueLabel } from "@allot/spec";
import type { Axis, Level } from "./axes.ts";
import { Faults } from "./faults.ts";

/** Digit the baseline gives each axis, by axis index; undefined where the arm keeps its own. */
export type Baseline = readonly (number | undefined)[];

/** Reads `baseline`. Throws ManifestError for names that are no factor, values nobody declared, and zipped values that don't belong together. */
export function baselineOf(sweep: Sweep, axes: readonly Axis[]): Baseline {
  const { baseline } = sweep.spec;
  const faults = new Faults(sweep);
  const factors = axes.filter(({ role }) => role === "factor").flatMap(({ levels }) => levels.map(({ name }) => name));
  for (const name of Object.keys(baseline)) {
    if (factors.includes(name)) continue;
    const other = axes.find(({ levels }) => levels.some((level) => level.name === name));
    const message = other
      ? `"${name}" is ${other.role}; the baseline fixes factors only: remove it`
      : `"${name}" is not a parameter; the factors are ${factors.join(", ") || "none"}`;
    faults.add({ path: ["spec", "baseline", name], message, value: baseline[name] });
  }
  const digits = axes.map((axis) => (axis.role === "factor" ? namedDigit(axis, { named: baseline, place: ["spec", "baseline"], faults }) : undefined));
  faults.throwIfAny();
  return digits;
}

/** Labels by parameter, and where the manifest has them. */
export interface Named {
  readonly named: Readonly<Record<string, Json>>;
  readonly place: readonly (string | number)[];
  readonly faults: Faults;
}

/** The digit that the labels give an axis; undefined where they name none of it, and with a fault where there is no such value. */
export function namedDigit(axis: Axis, { named, place, faults }: Named): number | undefined {
  const given = axis.levels.filter(({ name }) => Object.hasOwn(named, name));
  if (given.length === 0) return undefined;
  const candidates = given.map((level) => digitsCalled(level, named[level.name]!));
  const unknown = given.findIndex((_level, at) => candidates[at]!.length === 0);
  const [first] = given;
  const path = [...place, (given[unknown] ?? first)!.name];
  if (unknown >= 0) {
    const { name, labels } = given[unknown]!;
    const some = labels.slice(0, 12).map((label) => JSON.stringify(label));
    faults.add({
      path,
      message: `${JSON.stringify(named[name])} is not a value of "${name}"; its values are ${some.join(", ")}${labels.length > 12 ? ", …" : ""}`,
      value: named[name],
    });
    return undefined;
  }
  const [common, another] = candidates[0]!.filter((digit) => candidates.every((digits) => digits.includes(digit)));
  if (common === undefined) faults.add({ path, message: `${given.map(({ name }) => name).join(" and ")} are zipped and never take these values together` });
  if (another !== undefined) faults.add({ path, message: `several values of the zip fit; give ${axis.levels.map(({ name }) => name).join(" and ")}` });
  return common;
}

/** A value is named by its label, or by itself. */
function digitsCalled({ labels, values }: Level, said: Json): number[] {
  const label = valueLabel(said);
  const named = labels.flatMap((own, digit) => (own === label ? [digit] : []));
  if (named.length > 0) return named;
  const text = JSON.stringify(said);
  return values.flatMap((value, digit) => (JSON.stringify(value) === text ? [digit] : []));
}
