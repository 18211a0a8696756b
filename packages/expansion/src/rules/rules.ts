import type { Sweep } from "@allot/spec";
import type { Axis } from "../axes.ts";
import { Faults } from "../faults.ts";
import { compileRule, type Rule } from "./rule.ts";

/** Every rule of a sweep, type-checked. */
export interface Rules {
  /** By axis index; undefined where the axis is unconditional. */
  readonly whens: readonly (Rule | undefined)[];
  readonly constraints: readonly Rule[];
  /** Axis indexes in an order in which each `when` reads only what comes before. */
  readonly order: readonly number[];
}

/**
 * Compiles all rules before any point is evaluated. Throws ManifestError for a rule CEL refuses, a cycle of `when`, a `when` that
 * reads a later conditional parameter, and a factor whose existence depends on what is tuned or blocked.
 */
export function rulesOf(sweep: Sweep, axes: readonly Axis[]): Rules {
  const whens = axes.map(({ index, when: source }) =>
    source === undefined ? undefined : compileRule({ sweep, axes, kind: "when", source, path: ["spec", "parameters", index, "when"] }),
  );
  const constraints = sweep.spec.constraints.map((source, index) =>
    compileRule({ sweep, axes, kind: "constraint", source, path: ["spec", "constraints", index] }),
  );
  const faults = new Faults(sweep);
  for (const axis of axes) checkWhen(axis, { axes, whens, faults });
  faults.throwIfAny();
  return { whens, constraints, order: dependencyOrder(axes, whens) };
}

interface Checked {
  readonly axes: readonly Axis[];
  readonly whens: readonly (Rule | undefined)[];
  readonly faults: Faults;
}

function checkWhen(axis: Axis, { axes, whens, faults }: Checked): void {
  const rule = whens[axis.index];
  if (!rule) return;
  const add = (message: string) => faults.add({ path: ["spec", "parameters", axis.index, "when"], message, value: rule.source });
  const cycle = cycleFrom(axis.index, whens);
  if (cycle) return add(`a cycle: ${cycle.map((index) => axisName(axes[index]!)).join(" exists only by ")}; one of them must exist unconditionally`);
  for (const index of rule.axes) {
    const read = axes[index]!;
    if (read.when !== undefined && index > axis.index) {
      add(`reads ${axisName(read)}, a conditional parameter that comes later; move ${axisName(read)} before ${axisName(axis)}`);
    }
    if (axis.role === "factor" && read.role !== "factor") {
      const fix = `give ${axisName(axis)} the role ${read.role}, or ${axisName(read)} the role factor`;
      add(
        `${axisName(axis)} is a factor and reads ${axisName(read)}, which is ${read.role}: an arm would exist for some of its ${read.role} values only; ${fix}`,
      );
    }
  }
}

/** The way from an axis back to itself along what each `when` reads. */
function cycleFrom(start: number, whens: readonly (Rule | undefined)[]): number[] | undefined {
  const seen = new Set<number>();
  const walk = (index: number, way: number[]): number[] | undefined => {
    for (const next of whens[index]?.axes ?? []) {
      if (next === start) return [...way, next];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = walk(next, [...way, next]);
      if (found) return found;
    }
    return undefined;
  };
  return walk(start, [start]);
}

/** Unconditional axes first, then the conditional ones as the manifest has them, which `checkWhen` has found to be an order. */
function dependencyOrder(axes: readonly Axis[], whens: readonly (Rule | undefined)[]): number[] {
  const indexes = axes.map(({ index }) => index);
  return [...indexes.filter((index) => !whens[index]), ...indexes.filter((index) => whens[index])];
}

/** `a`, or `a+b` where several parameters are zipped. */
export function axisName(axis: Axis): string {
  return axis.levels.map(({ name }) => name).join("+");
}
