import type { AllocationRule } from "@allot/spec";
import { deriveKey, type Key } from "@allot/tensor";
import { StudyError } from "../errors.ts";
import { type ModelFunction, sizeOf, type TensorSpec } from "../models/tensors.ts";
import { matchingTensors } from "./glob.ts";
import { randomGrid, type Strategy } from "./grid.ts";
import { flatPanel, matrixPanel, type Panel, stackedPanel } from "./panel.ts";
import type { Scope } from "./scope.ts";
import { shares } from "./shares.ts";
import { bernoulli } from "./strategies/bernoulli.ts";
import { perCol, perRow } from "./strategies/per-unit.ts";
import { type CountedStrategy, counted, type Layout } from "./strategies.ts";

/** What masks are drawn from. */
export interface MaskDraw {
  /** The replicate's `mask` stream. */
  readonly key: Key;
  /** Initial value of a tensor, for strategies that look at it. */
  readonly values: (name: string) => Float64Array;
}

type Masks = Map<string, Uint8Array>;

interface Budget {
  readonly count?: number | undefined;
  readonly fraction?: number | undefined;
  readonly cap: boolean;
}

const entries = (tensors: readonly TensorSpec[]): number => tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

const described = (tensors: readonly TensorSpec[]): string => tensors.map(({ name, shape }) => `${name} ${shape.join("×")}`).join(", ");

/** The number of entries to train; throws StudyError above the scope's size unless `cap`. */
const countOf = (field: string, budget: Budget, tensors: readonly TensorSpec[]): number => {
  const size = entries(tensors);
  const { count, fraction, cap } = budget;
  if (count === undefined) return Math.round((fraction ?? 0) * size);
  if (count <= size) return count;
  if (cap) return size;
  throw new StudyError(
    `${field}.count`,
    `${count} is more than the ${size} entries of its scope (${described(tensors)}): lower it, or set cap: true to train them all`,
  );
};

const panelsOf = (scope: Scope, layout: Layout, model: ModelFunction): readonly Panel[] => {
  const { tensors, field } = scope;
  if (layout === "flat") return [flatPanel(tensors)];
  if (layout === "stack" && tensors.length === 1) return tensors.map(matrixPanel);
  const placed = layout === "each" ? undefined : model.neurons(tensors.map(({ name }) => name));
  if (placed !== undefined) return [stackedPanel(tensors, placed)];
  if (layout === "neurons")
    throw new StudyError(field, `neuron is undefined over ${described(tensors)}: they share no axis of hidden units; name one layer, or a layer and the next`);
  return tensors.map(matrixPanel);
};

const mark = (masks: Masks, panel: Panel, cells: Int32Array): void => {
  for (const cell of cells) {
    const { name, index } = panel.entryAt(cell);
    masks.get(name)![index] = 1;
  }
};

interface Placing {
  readonly model: ModelFunction;
  /** Undefined where budgets are only checked. */
  readonly draw: MaskDraw | undefined;
  readonly masks: Masks;
}

const place = ({ draw, masks }: Placing, panel: Panel, o: { count: number; cells: Strategy }): void => {
  if (draw === undefined) return;
  const { rows, columns } = panel;
  const values = (): Float64Array =>
    Float64Array.from({ length: rows * columns }, (_, cell) => {
      const { name, index } = panel.entryAt(cell);
      return draw.values(name)[index]!;
    });
  mark(masks, panel, o.cells(randomGrid({ rows, columns, count: o.count, key: deriveKey(draw.key, panel.name), values })));
};

const placeCounted = (placing: Placing, scope: Scope, o: { strategy: CountedStrategy; count: number }): void => {
  const strategy = counted[o.strategy];
  const panels = panelsOf(scope, strategy.layout, placing.model);
  const sizes = panels.map(({ rows, columns }) => rows * columns);
  const counts = shares(o.count, sizes, sizes);
  for (const [i, panel] of panels.entries()) place(placing, panel, { count: counts[i]!, cells: strategy.cells });
};

type Rule<S extends AllocationRule["strategy"]> = Extract<AllocationRule, { strategy: S }>;

const placePerUnit = (placing: Placing, scope: Scope, rule: Rule<"perRow" | "perCol">): void => {
  for (const panel of panelsOf(scope, "stack", placing.model)) {
    const [units, width, cells] = rule.strategy === "perRow" ? [panel.rows, panel.columns, perRow] : [panel.columns, panel.rows, perCol];
    if (rule.perUnit > width)
      throw new StudyError(`${scope.field}.perUnit`, `${rule.perUnit} is more than the ${width} entries of one of ${panel.name}'s ${units} lines: lower it`);
    place(placing, panel, { count: rule.perUnit * units, cells });
  }
};

/** The tensors of the scope that match; throws StudyError where none does. */
const within = (scope: Scope, field: string, patterns: readonly string[]): readonly TensorSpec[] => {
  const tensors = matchingTensors(patterns, scope.tensors);
  if (tensors.length === 0) throw new StudyError(field, `${patterns.join(", ")} is none of the scope's tensors (${described(scope.tensors)})`);
  return tensors;
};

const placeMatrix = (placing: Placing, scope: Scope, rule: Rule<"matrix">): void => {
  const tensors = within(scope, `${scope.field}.tensors`, rule.tensors);
  placeCounted(placing, { ...scope, tensors }, { strategy: rule.inner, count: countOf(scope.field, rule, tensors) });
};

const placeSplit = (placing: Placing, scope: Scope, rule: Rule<"split">): void => {
  const groups = Object.entries(rule.weights).map(([pattern, weight]) => ({ weight, tensors: within(scope, `${scope.field}.weights`, [pattern]) }));
  const named = groups.flatMap(({ tensors }) => tensors);
  const twice = named.find((tensor, at) => named.indexOf(tensor) !== at);
  if (twice !== undefined) throw new StudyError(`${scope.field}.weights`, `names ${twice.name} twice: give every tensor one share`);
  const counts = shares(
    countOf(scope.field, rule, named),
    groups.map(({ weight }) => weight),
    groups.map(({ tensors }) => entries(tensors)),
  );
  for (const [i, { tensors }] of groups.entries()) placeCounted(placing, { ...scope, tensors }, { strategy: rule.inner, count: counts[i]! });
};

const isCounted = (rule: AllocationRule): rule is Rule<CountedStrategy> => Object.hasOwn(counted, rule.strategy);

const fill = (placing: Placing, scope: Scope): void => {
  const { rule, tensors, field } = scope;
  if (rule.strategy === "bernoulli") place(placing, flatPanel(tensors), { count: 0, cells: bernoulli(rule.fraction) });
  else if (rule.strategy === "perRow" || rule.strategy === "perCol") placePerUnit(placing, scope, rule);
  else if (rule.strategy === "matrix") placeMatrix(placing, scope, rule);
  else if (rule.strategy === "split") placeSplit(placing, scope, rule);
  else if (isCounted(rule)) placeCounted(placing, scope, { strategy: rule.strategy, count: countOf(field, rule, tensors) });
  else throw new StudyError(`${field}.strategy`, `${rule.strategy}: not supported yet`);
};

/**
 * Which entries of the scope's tensors are trained, one byte each (1 or 0), by
 * the rule's strategy. Throws StudyError where the budget does not fit or the
 * strategy is undefined over the scope.
 */
export const masksOf = (model: ModelFunction, scope: Scope, draw: MaskDraw): ReadonlyMap<string, Uint8Array> => {
  const masks: Masks = new Map(scope.tensors.map(({ name, shape }) => [name, new Uint8Array(sizeOf(shape))]));
  fill({ model, draw, masks }, scope);
  return masks;
};

/** Throws what `masksOf` would, without drawing. */
export const checkMasks = (model: ModelFunction, scope: Scope): void => fill({ model, draw: undefined, masks: new Map() }, scope);
