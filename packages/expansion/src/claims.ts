import type { Json } from "@allot/spec";
import type { Axis } from "./axes.ts";
import { namedDigit } from "./baseline.ts";
import { assignmentName, type Controlling, rejectingRule } from "./controls.ts";
import { Faults } from "./faults.ts";
import { axisName } from "./rules/rules.ts";
import type { Table } from "./table/table.ts";

/** An arm as its part in each table. */
export type ArmParts = readonly number[];

/**
 * The one or two arms of each claim: what the claim names, and the baseline's value of every other factor that is there. Throws
 * ManifestError where that leaves a factor open, names one that is not there, or is no arm of the sweep.
 */
export function claimedArms(context: Controlling, tables: readonly Table[]): ArmParts[][] {
  const faults = new Faults(context.sweep);
  const claimed = context.sweep.spec.claims.map(({ arms }, index) =>
    arms.map((named, side) => armNamed(named, { context, tables, faults, place: ["spec", "claims", index, "arms", side] })),
  );
  faults.throwIfAny();
  return claimed;
}

interface Looking {
  readonly context: Controlling;
  readonly tables: readonly Table[];
  readonly faults: Faults;
  readonly place: readonly (string | number)[];
}

function armNamed(named: Readonly<Record<string, Json>>, { context, tables, faults, place }: Looking): ArmParts {
  const { axes, rules } = context;
  const digits = new Uint32Array(axes.length);
  const factors = rules.order.filter((index) => axes[index]!.role === "factor");
  for (const index of factors) {
    const digit = digitOf(axes[index]!, { named, digits, context, faults, place });
    if (digit === undefined) return [];
    digits[index] = digit;
  }
  return tables.map((table) => {
    const arm = table.findArm(digits);
    if (arm >= 0) return arm;
    const rule = rejectingRule(context, table, digits);
    const why = rule ? `"${rule.source}" drops it` : "the design does not have it";
    const message = `there is no arm ${assignmentName(factors, axes, digits)}: ${why}; name another, or change the ${rule ? "rule" : "design"}`;
    faults.add({ path: [...place], message, value: named });
    return -1;
  });
}

interface Naming extends Omit<Looking, "tables"> {
  readonly named: Readonly<Record<string, Json>>;
  /** Of the factors before this one. */
  readonly digits: Uint32Array;
}

/** The digit of one factor in an arm, its size where it is inactive; undefined with a fault where there is none. */
function digitOf(axis: Axis, { named, digits, context: { rules, baseline }, faults, place }: Naming): number | undefined {
  const given = axis.levels.map(({ name }) => name).filter((name) => Object.hasOwn(named, name));
  const rule = rules.whens[axis.index];
  if (rule && !rule.holds(digits)) {
    if (given.length === 0) return axis.size;
    const [name = ""] = given;
    faults.add({ path: [...place, name], message: `"${name}" does not exist in this arm ("${rule.source}"): remove it`, value: named[name] });
    return undefined;
  }
  if (given.length > 0) return namedDigit(axis, { named, place, faults });
  const digit = baseline[axis.index];
  if (digit === undefined) {
    const message = `"${axisName(axis)}" is left out, and the baseline has no value of it: add it here or to the baseline`;
    faults.add({ path: [...place], message, value: named });
  }
  return digit;
}
