import { type Json, ManifestError, type Sweep, shapeClass } from "@allot/spec";
import type { Axis, Setting } from "./axes.ts";
import { assign } from "./study.ts";

/** A point to look at an axis from: digits by axis index, with that axis active. */
export type Sample = (axis: Axis) => ArrayLike<number>;

/** For each axis that decides the shape of the traced program, a code a digit, inactive included: equal codes, equal programs. */
export type ShapeCodes = ReadonlyMap<number, readonly number[]>;

/** The values of larger axes are not tried one by one: `roughCodes` tells them apart. */
const mostTried = 32;

/**
 * The axes whose paths reach a field the study's shape class holds, and whose values differ there. Of the axes that derived numbers read
 * all values differ, where such a number is in the shape class: what it is needs models, and the order of trials may not.
 */
export function shapeCodes({ sweep, axes, read }: { sweep: Sweep; axes: readonly Axis[]; read: ReadonlySet<number> }, sample: Sample): ShapeCodes {
  if (!sweep.spec.trainer.study) return new Map();
  const entries = axes.map((axis) => {
    const digits = Uint32Array.from(sample(axis));
    const codes = read.has(axis.index) && derivesShape(sweep, axes, digits) ? apart(axis) : codesOf(sweep, axes, { axis, digits });
    return [axis.index, codes] as const;
  });
  return new Map(entries.filter((entry): entry is [number, number[]] => entry[1] !== undefined));
}

function derivesShape(sweep: Sweep, axes: readonly Axis[], digits: Uint32Array): boolean {
  const shape = shapeAt(sweep, axes, digits);
  const fields = shape === undefined ? undefined : leaves(JSON.parse(shape), "");
  return !fields || sweep.spec.derive.some(({ path }) => fieldsAt(fields, path).length > 0);
}

function apart({ size }: Axis): number[] {
  return [...Array(size + 1).keys()];
}

function codesOf(sweep: Sweep, axes: readonly Axis[], { axis, digits }: { axis: Axis; digits: Uint32Array }): number[] | undefined {
  const shape = shapeAt(sweep, axes, digits);
  const fields = shape === undefined ? undefined : leaves(JSON.parse(shape), "");
  // A study that can't be read here may be readable elsewhere: taking the axis for a shape axis costs order, never truth.
  if (fields && !axis.levels.some((level) => level.paths.some((path) => fieldsAt(fields, path).length > 0))) return undefined;
  const rough = fields && axis.size > mostTried ? roughCodes(axis, fields) : [...Array(axis.size).keys()];
  const codes = rough.length > 0 && new Set(rough).size <= mostTried ? triedCodes(sweep, axes, { axis, digits, rough }) : rough;
  return axis.when === undefined && codes.every((code) => code === codes[0]) ? undefined : [...codes, axis.size];
}

/** Codes that agree only where the shape surely does: same value, or for a field of which only presence counts, the same sign. */
function roughCodes({ levels, size }: Axis, fields: readonly Leaf[]): number[] {
  const first = new Map<string, number>();
  return Array.from({ length: size }, (_unused, digit) => {
    const marks = levels.flatMap(({ paths, values }) => paths.map((path) => markOf(values[digit], fieldsAt(fields, path))));
    const key = JSON.stringify(marks);
    if (!first.has(key)) first.set(key, digit);
    return first.get(key)!;
  });
}

function markOf(value: Json | undefined, [field, another]: readonly Leaf[]): Json | undefined {
  if (!field) return null;
  return !another && typeof field.value === "boolean" && typeof value === "number" ? Math.sign(value) : value;
}

/** Codes by the shape class itself, one try for each rough code. */
function triedCodes(sweep: Sweep, axes: readonly Axis[], { axis, digits, rough }: { axis: Axis; digits: Uint32Array; rough: readonly number[] }): number[] {
  const first = new Map<string, number>();
  const code = new Map<number, number>();
  for (const digit of new Set(rough)) {
    digits[axis.index] = digit;
    const shape = shapeAt(sweep, axes, digits) ?? `invalid ${digit}`;
    if (!first.has(shape)) first.set(shape, digit);
    code.set(digit, first.get(shape)!);
  }
  return rough.map((digit) => code.get(digit)!);
}

/** The shape class at these digits, or undefined where they give no valid study. */
function shapeAt(sweep: Sweep, axes: readonly Axis[], digits: ArrayLike<number>): string | undefined {
  try {
    return shapeClass(assign(sweep, settingsOf(axes, digits)));
  } catch (error) {
    if (error instanceof ManifestError) return undefined;
    throw error;
  }
}

/** The settings of the active axes. */
function settingsOf(axes: readonly Axis[], digits: ArrayLike<number>): Setting[] {
  return axes.flatMap((axis) => {
    const digit = digits[axis.index]!;
    return digit < axis.size ? axis.levels.map((level) => ({ axis, level, digit })) : [];
  });
}

/** A field of the shape class. */
interface Leaf {
  readonly path: string;
  readonly value: unknown;
}

function leaves(value: unknown, path: string): Leaf[] {
  if (value === null || typeof value !== "object" || Object.keys(value).length === 0) return [{ path, value }];
  return Object.entries(value).flatMap(([key, entry]) => leaves(entry, path === "" ? key : `${path}.${key}`));
}

/** The fields at, below or above a path. */
function fieldsAt(fields: readonly Leaf[], path: string): Leaf[] {
  const dotted = path.replaceAll(/\[(\d+)\]/g, ".$1");
  return fields.filter((field) => inside(field.path, dotted) || inside(dotted, field.path));
}

function inside(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`);
}
