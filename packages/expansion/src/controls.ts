import type { Sweep } from "@allot/spec";
import type { Axis } from "./axes.ts";
import type { Baseline } from "./baseline.ts";
import { fault } from "./faults.ts";
import type { Rule } from "./rules/rule.ts";
import { axisName, type Rules } from "./rules/rules.ts";
import type { Table } from "./table/table.ts";

/** What finding arms needs; those of different tables are independent, so each table is looked at alone. */
export interface Controlling {
  readonly sweep: Sweep;
  readonly axes: readonly Axis[];
  readonly rules: Rules;
  readonly baseline: Baseline;
}

/** The control of each arm of a table. */
export type Controls = (arm: number) => number;

/**
 * Finds the control of every arm of the table: the baseline's values, otherwise its own. Throws ManifestError naming arm and rule where
 * the control is not determined, was dropped by a constraint, or lacks a block that the arm has.
 */
export function controlsOf(context: Controlling, table: Table): Controls {
  const factors = table.axes.filter(({ role }) => role === "factor");
  if (factors.every(({ index }) => context.baseline[index] === undefined)) return (arm) => arm;
  const [only, another] = table.axes;
  if (!another && !context.rules.whens[only!.index] && table.count === only!.size) {
    const control = context.baseline[only!.index]!;
    return () => control;
  }
  const controls = new Uint32Array(table.arms);
  const finder = new ControlFinder(context, table);
  for (let arm = 0; arm < table.arms; arm++) controls[arm] = finder.find(arm);
  checkBlocks(context, table, controls);
  return (arm) => controls[arm]!;
}

/** The one control of each table, where `replicates.noiseFloor` has it trained twice. Throws ManifestError where there are several. */
export function copiedOf({ sweep, baseline }: Controlling, tables: readonly Table[], controls: readonly Controls[]): number[] | undefined {
  if (sweep.spec.replicates.noiseFloor !== true) return undefined;
  return tables.map((table, at) => {
    const controlOf = controls[at]!;
    const control = controlOf(0);
    for (let arm = 1; arm < table.arms; arm++) {
      if (controlOf(arm) === control) continue;
      const open = table.axes.filter(({ role, index }) => role === "factor" && baseline[index] === undefined);
      const names = open.map(axisName).join(", ");
      const message = `a noise floor is of one baseline, and there are several, as spec.baseline leaves ${names} open: add ${names} there, or remove noiseFloor`;
      fault(sweep, { path: ["spec", "replicates", "noiseFloor"], message, value: true });
    }
    return control;
  });
}

class ControlFinder {
  readonly #context: Controlling;
  readonly #table: Table;
  readonly #order: readonly number[];
  readonly #own: Uint32Array;
  readonly #control: Uint32Array;

  constructor(context: Controlling, table: Table) {
    this.#context = context;
    this.#table = table;
    const factors = new Set(table.axes.filter(({ role }) => role === "factor").map(({ index }) => index));
    this.#order = context.rules.order.filter((index) => factors.has(index));
    this.#own = new Uint32Array(context.axes.length);
    this.#control = new Uint32Array(context.axes.length);
  }

  find(arm: number): number {
    const { axes, rules, baseline, sweep } = this.#context;
    this.#table.read(this.#table.point(arm, 0), this.#own);
    for (const index of this.#order) {
      const { size } = axes[index]!;
      const active = rules.whens[index]?.holds(this.#control) ?? true;
      const digit = active ? (baseline[index] ?? this.#own[index]!) : size;
      this.#control[index] = digit;
      if (active && digit === size) {
        const name = axisName(axes[index]!);
        const message = `the arm ${this.#named()} has no control: "${name}" exists there ("${axes[index]!.when}"), and neither the baseline nor the arm gives it a value; add ${name} to the baseline`;
        fault(sweep, { path: ["spec", "baseline"], message });
      }
    }
    const control = this.#table.findArm(this.#control);
    return control < 0 ? this.#dropped() : control;
  }

  #named(): string {
    return assignmentName(this.#order, this.#context.axes, this.#own);
  }

  #dropped(): never {
    const { axes, sweep } = this.#context;
    const control = assignmentName(this.#order, axes, this.#control);
    const rule = rejectingRule(this.#context, this.#table, this.#control);
    const why = rule ? `"${rule.source}" drops it` : "the design does not have it";
    const message = `the arm ${this.#named()} has no control: it would be ${control}, and ${why}; change the rule or the baseline`;
    fault(sweep, { path: [...(rule?.path ?? ["spec", "baseline"])], message });
  }
}

/** The first constraint that drops an arm whatever its other parameters are, else the first that drops it anywhere. */
export function rejectingRule({ axes, rules }: Pick<Controlling, "axes" | "rules">, table: Table, arm: Uint32Array): Rule | undefined {
  const mine = rules.constraints.filter((rule) => rule.axes.some((index) => table.axes.some((axis) => axis.index === index)));
  const free = table.axes.filter(({ role }) => role !== "factor");
  const digits = Uint32Array.from(arm);
  const factorsOnly = mine.find((rule) => rule.axes.every((index) => axes[index]!.role === "factor") && !rule.holds(digits));
  if (factorsOnly) return factorsOnly;
  for (const { index } of free) digits[index] = rules.whens[index] && !rules.whens[index].holds(digits) ? axes[index]!.size : 0;
  return mine.find((rule) => !rule.holds(digits));
}

/** Arms are compared within equal blocked values, so the control must have every block the arm has. Conditional blocks are compared where both have them. */
function checkBlocks({ sweep, axes, rules }: Controlling, table: Table, controls: Uint32Array): void {
  const blocked = table.axes.filter((axis) => axis.role === "blocked" && !rules.whens[axis.index]).map(({ index }) => index);
  if (blocked.length === 0) return;
  const digits = new Uint32Array(axes.length);
  const blockOf = (point: number) => {
    table.read(point, digits);
    return blocked.map((index) => digits[index]).join();
  };
  const seen = new Set<string>();
  for (let point = 0; point < table.count; point++) seen.add(`${table.armOf(point)}:${blockOf(point)}`);
  const factors = table.axes.filter(({ role }) => role === "factor").map(({ index }) => index);
  for (let point = 0; point < table.count; point++) {
    const arm = table.armOf(point);
    const block = blockOf(point);
    if (seen.has(`${controls[arm]}:${block}`)) continue;
    const rule = rules.constraints.find(({ axes: read }) => read.some((index) => blocked.includes(index)));
    const message =
      `the arm ${assignmentName(factors, axes, digits)} has no control in the block ${assignmentName(blocked, axes, digits)}` +
      `${rule ? `: "${rule.source}" drops it` : ""}; arms are compared within equal blocked values: change the rule, or drop the arm there too`;
    fault(sweep, { path: [...(rule?.path ?? ["spec", "constraints"])], message });
  }
}

/** `a=1, b=half` for the active axes among the given ones, in manifest order. */
export function assignmentName(indexes: readonly number[], axes: readonly Axis[], digits: ArrayLike<number>): string {
  const active = indexes.toSorted((a, b) => a - b).filter((index) => digits[index]! < axes[index]!.size);
  return active.flatMap((index) => axes[index]!.levels.map(({ name, labels }) => `${name}=${String(labels[digits[index]!])}`)).join(", ") || "all";
}
