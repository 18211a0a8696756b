import { type Sweep, stageSweeps } from "@allot/spec";
import { type Axis, axesOf } from "./axes.ts";
import { baselineOf } from "./baseline.ts";
import { claimedArms } from "./claims.ts";
import { componentsOf } from "./components.ts";
import { controlsOf, copiedOf } from "./controls.ts";
import { type Costs, Derivation, derivedWhens, readByDerived } from "./derive.ts";
import { designOf } from "./design.ts";
import type { Expansion } from "./expansion.ts";
import { fault } from "./faults.ts";
import { type Rules, rulesOf } from "./rules/rules.ts";
import { type Sample, type ShapeCodes, shapeCodes } from "./shapes.ts";
import { StagedExpansion } from "./staged-expansion.ts";
import { written } from "./study.ts";
import { SweepExpansion } from "./sweep-expansion.ts";
import type { Rows } from "./table/rows.ts";
import { Table } from "./table/table.ts";
import { droppedCounts, type Tabulated, tabulate } from "./table/tabulate.ts";

/** A stage's decision lists every arm. */
const mostStagedArms = 100_000;

export interface ExpandOptions {
  /** Only where studies are asked for of a sweep that derives some of their numbers: indexes and arms don't depend on it. */
  readonly costs?: Costs | undefined;
  /** The arms of the second stage and those after it, as far as they are decided: ascending, by their numbers in the first. */
  readonly kept?: readonly (readonly number[])[];
}

/** The index space of a sweep; with stages, of those whose arms are known. @throws ManifestError */
export function expand(sweep: Sweep, { costs, kept = [] }: ExpandOptions = {}): Expansion {
  const [first, ...later] = stageSweeps(sweep).map((stage) => expandOne(stage, costs));
  if (sweep.spec.stages.length === 0) return first!;
  if (first!.arms > mostStagedArms) {
    const message = `stages choose among arms one by one, at most ${mostStagedArms.toLocaleString("en")}, and there are ${first!.arms.toLocaleString("en")}: give the parameters fewer values`;
    fault(sweep, { path: ["spec", "stages"], message });
  }
  return new StagedExpansion({ sweep, wholes: [first!, ...later], kept });
}

/**
 * The index space of a sweep without stages. All rules are type-checked first, then each component is tabulated and every arm's control looked up,
 * component by component; nothing is proportional to the number of trials. Throws ManifestError.
 */
function expandOne(sweep: Sweep, costs: Costs | undefined): SweepExpansion {
  const axes = axesOf(sweep);
  const rules = rulesOf(sweep, axes);
  const baseline = baselineOf(sweep, axes);
  const design = designOf(sweep, { axes, rules, baseline });
  checkPinned(sweep);
  const whole = new Set(design.whole);
  const tabulated = componentsOf(axes, rules, design.whole).map((component) => {
    const designed = component.axes.some((index) => whole.has(index));
    return tabulate({ sweep, axes, rules }, component, designed ? design.points : undefined);
  });
  const counts = droppedCounts(tabulated, rules.constraints.length);
  const dropped = rules.constraints.map(({ source }, index) => ({ rule: source, count: counts[index]! }));
  checkCells(sweep, { rules, tabulated, counts });
  const derived = derivedWhens(sweep, axes);
  const shapes = shapeCodes({ sweep, axes, read: readByDerived({ sweep, axes, whens: derived }) }, sampler(axes, tabulated));
  const tables = tablesOf(axes, shapes, tabulated);
  const context = { sweep, axes, rules, baseline };
  const controls = tables.map((table) => controlsOf(context, table));
  const copied = copiedOf(context, tables, controls);
  const derivation =
    sweep.spec.derive.length === 0
      ? undefined
      : new Derivation({ sweep, axes, rules }, { whens: derived, costs, write: (settings) => written(sweep, settings) });
  return new SweepExpansion({ sweep, derivation, axes, tables, controls, copied, claimed: claimedArms(context, tables), dropped });
}

/** Replicates that draw the same numbers are no replicates. */
function checkPinned(sweep: Sweep): void {
  const { count, over } = sweep.spec.replicates;
  if (over === "all" || count === 1 || sweep.spec.trainer.study?.seeds?.[over] === undefined) return;
  const message = `replicates go over the stream "${over}", which trainer.study.seeds pins to one seed, so all ${count} would be equal; remove seeds.${over}`;
  fault(sweep, { path: ["spec", "replicates", "over"], message, value: over });
}

function checkCells(sweep: Sweep, { rules, tabulated, counts }: { rules: Rules; tabulated: readonly Tabulated[]; counts: readonly number[] }): void {
  const kept = tabulated.map(({ rows, points }) => BigInt(rows?.count ?? points));
  const trials = kept.reduce((product, count) => product * count, BigInt(sweep.spec.replicates.count));
  if (trials === 0n) {
    const worst = counts.indexOf(Math.max(...counts));
    const { source, path } = rules.constraints[worst]!;
    fault(sweep, { path: [...path], value: source, message: `the constraints drop every point; "${source}" drops ${counts[worst]!.toLocaleString("en")}` });
  }
  if (trials > BigInt(Number.MAX_SAFE_INTEGER)) {
    fault(sweep, {
      path: ["spec", "parameters"],
      message: `${trials.toLocaleString("en")} trials; at most 2^53 − 1 can be numbered: give the parameters fewer values`,
    });
  }
}

/** The first kept point of every component, or where the axis is inactive there, the first where it is active. */
function sampler(axes: readonly Axis[], tabulated: readonly Tabulated[]): Sample {
  const firsts = new Uint32Array(axes.length);
  for (const { rows } of tabulated) rows?.read(0, firsts);
  return (axis) => {
    if (firsts[axis.index]! < axis.size) return firsts;
    const rows = tabulated.find(({ component }) => component.axes.includes(axis.index))?.rows;
    const digits = Uint32Array.from(firsts);
    const active = rows ? firstActive(rows, axis) : undefined;
    if (active !== undefined) rows?.read(active, digits);
    return digits;
  };
}

function firstActive(rows: Rows, axis: Axis): number | undefined {
  const column = rows.columns.indexOf(axis.index);
  for (let row = 0; row < rows.count; row++) if (rows.digit(row, column) < axis.size) return row;
  return undefined;
}

/** Tables with shape axes first, then those with factors, else in manifest order; within a table likewise. */
function tablesOf(axes: readonly Axis[], shapes: ShapeCodes, tabulated: readonly Tabulated[]): Table[] {
  const rank = (index: number) => (shapes.has(index) ? 0 : axes[index]!.role === "factor" ? 1 : 2);
  const sorted = tabulated
    .filter(({ component }) => component.axes.length > 0)
    .map(({ component, rows }) => ({ indexes: component.axes.toSorted((a, b) => rank(a) - rank(b) || a - b), rows }))
    .sort((a, b) => Math.min(...a.indexes.map(rank)) - Math.min(...b.indexes.map(rank)) || Math.min(...a.indexes) - Math.min(...b.indexes));
  return sorted.map(({ indexes, rows }) => {
    const columns = indexes.map((index) => axes[index]!);
    return new Table(columns, { shapes, ...(rows && { rows: rows.arranged(indexes) }) });
  });
}
