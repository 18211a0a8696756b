import type { AllocationRule } from "@allot/spec";
import { deriveKey, type Key } from "@allot/tensor";
import { StudyError } from "../errors.ts";
import { type ModelFunction, sizeOf } from "../models/tensors.ts";
import { blocksOf, countOf, described, entriesOf, within } from "./blocks.ts";
import { randomGrid, type Strategy } from "./grid.ts";
import { type Block, flatPanel, matrixPanel, type Panel, stackedPanel } from "./panel.ts";
import type { Scope } from "./scope.ts";
import { shares } from "./shares.ts";
import { bernoulli } from "./strategies/bernoulli.ts";
import { perCol, perRow } from "./strategies/per-unit.ts";
import { type CountedStrategy, counted, type Layout } from "./strategies.ts";

/** What masks are drawn from; parts by name, entry by entry, before training. */
export interface MaskDraw {
  /** The replicate's `mask` stream. */
  readonly key: Key;
  /** For strategies that look at initial values. */
  readonly values: (part: string) => ArrayLike<number>;
  /** ∂loss/∂part. */
  readonly gradient: (part: string) => Float64Array;
  /** ∂outputs/∂entry, of each entry of each part. Throws StudyError, naming `field`, where that is too much. */
  readonly jacobian: (parts: readonly string[], field: string) => ReadonlyMap<string, readonly Float64Array[]>;
}

type Masks = Map<string, Uint8Array>;

interface Placing {
  readonly model: ModelFunction;
  /** Undefined where budgets are only checked and counted. */
  readonly draw: MaskDraw | undefined;
  /** Told how many entries each panel trains. */
  readonly placed?: (count: number) => void;
  readonly masks: Masks;
  /** Path of the rule in the study, for messages. */
  readonly field: string;
}

const panelsOf = ({ model, field }: Placing, blocks: readonly Block[], layout: Layout): readonly Panel[] => {
  if (layout === "flat") return [flatPanel(blocks)];
  if (layout === "stack" && blocks.length === 1) return blocks.map(matrixPanel);
  const own = blocks.every(({ name }) => model.tensors.some((tensor) => tensor.name === name));
  const placed = layout === "each" || !own ? undefined : model.neurons(blocks.map(({ name }) => name));
  if (placed !== undefined) return [stackedPanel(blocks, placed)];
  if (layout === "neurons")
    throw new StudyError(field, `neuron is undefined over ${described(blocks)}: they share no axis of hidden units; name one layer, or a layer and the next`);
  return blocks.map(matrixPanel);
};

const place = ({ draw, masks, field, placed }: Placing, panel: Panel, o: { count: number; cells: Strategy }): void => {
  placed?.(o.count);
  if (draw === undefined) return;
  const { names, rows, columns, entryAt } = panel;
  const entries = (): ReturnType<typeof entryAt>[] => Array.from({ length: rows * columns }, (_, cell) => entryAt(cell));
  const byEntry = (of: (part: string) => ArrayLike<number>): Float64Array => Float64Array.from(entries(), ({ name, index }) => of(name)[index]!);
  const grid = randomGrid({
    rows,
    columns,
    count: o.count,
    key: deriveKey(draw.key, names.join("+")),
    values: () => byEntry(draw.values),
    gradients: () => byEntry(draw.gradient),
    jacobian: () => {
      const jacobian = draw.jacobian(names, field);
      return entries().map(({ name, index }) => jacobian.get(name)![index]!);
    },
  });
  for (const cell of o.cells(grid)) {
    const { name, index } = entryAt(cell);
    masks.get(name)![index] = 1;
  }
};

const placeCounted = (placing: Placing, blocks: readonly Block[], o: { strategy: CountedStrategy; count: number }): void => {
  const { layout, cells } = counted[o.strategy];
  const panels = panelsOf(placing, blocks, layout);
  const sizes = panels.map(({ rows, columns }) => rows * columns);
  const counts = shares(o.count, sizes, sizes);
  for (const [i, panel] of panels.entries()) place(placing, panel, { count: counts[i]!, cells });
};

type Rule<S extends AllocationRule["strategy"]> = Extract<AllocationRule, { strategy: S }>;

const placePerUnit = (placing: Placing, blocks: readonly Block[], rule: Rule<"perRow" | "perCol">): void => {
  for (const panel of panelsOf(placing, blocks, "stack")) {
    const [units, width, cells] = rule.strategy === "perRow" ? [panel.rows, panel.columns, perRow] : [panel.columns, panel.rows, perCol];
    if (rule.perUnit > width)
      throw new StudyError(
        `${placing.field}.perUnit`,
        `${rule.perUnit} is more than the ${width} entries of one of ${panel.names.join("+")}'s ${units} lines: lower it`,
      );
    place(placing, panel, { count: rule.perUnit * units, cells });
  }
};

const placeMatrix = (placing: Placing, all: readonly Block[], rule: Rule<"matrix">): void => {
  const { field } = placing;
  const blocks = within(all, `${field}.tensors`, rule.tensors);
  placeCounted(placing, blocks, { strategy: rule.inner, count: countOf(field, rule, blocks) });
};

const placeSplit = (placing: Placing, all: readonly Block[], rule: Rule<"split">): void => {
  const { field } = placing;
  const groups = Object.entries(rule.weights).map(([pattern, weight]) => ({ weight, blocks: within(all, `${field}.weights`, [pattern]) }));
  const named = groups.flatMap(({ blocks }) => blocks);
  const twice = named.find((block, at) => named.indexOf(block) !== at);
  if (twice !== undefined) throw new StudyError(`${field}.weights`, `names ${twice.name} twice: give every tensor one share`);
  const counts = shares(
    countOf(field, rule, named),
    groups.map(({ weight }) => weight),
    groups.map(({ blocks }) => entriesOf(blocks)),
  );
  for (const [i, { blocks }] of groups.entries()) placeCounted(placing, blocks, { strategy: rule.inner, count: counts[i]! });
};

const isCounted = (rule: AllocationRule): rule is Rule<CountedStrategy> => Object.hasOwn(counted, rule.strategy);

const fill = (placing: Placing, blocks: readonly Block[], rule: AllocationRule): void => {
  if (rule.strategy === "bernoulli") place(placing, flatPanel(blocks), { count: 0, cells: bernoulli(rule.fraction) });
  else if (rule.strategy === "perRow" || rule.strategy === "perCol") placePerUnit(placing, blocks, rule);
  else if (rule.strategy === "matrix") placeMatrix(placing, blocks, rule);
  else if (rule.strategy === "split") placeSplit(placing, blocks, rule);
  else if (isCounted(rule)) placeCounted(placing, blocks, { strategy: rule.strategy, count: countOf(placing.field, rule, blocks) });
  else throw new TypeError(`${rule.strategy} has no mask`);
};

/**
 * Which entries of the scope's trained parts are trained, one byte each (1 or
 * 0), by the rule's strategy. Throws StudyError where the budget does not fit or
 * the strategy is undefined over the scope.
 */
export const masksOf = (model: ModelFunction, scope: Scope, draw: MaskDraw): ReadonlyMap<string, Uint8Array> => {
  const blocks = blocksOf(scope);
  const masks: Masks = new Map(blocks.map(({ name, shape }) => [name, new Uint8Array(sizeOf(shape))]));
  fill({ model, draw, masks, field: scope.field }, blocks, scope.rule);
  return masks;
};

/** Throws what `masksOf` would, without drawing. */
export const checkMasks = (model: ModelFunction, scope: Scope): void =>
  fill({ model, draw: undefined, masks: new Map(), field: scope.field }, blocksOf(scope), scope.rule);

/** How many entries the scope's masks train, without drawing; throws as `masksOf`, and where only the draw decides how many. */
export const maskedEntries = (model: ModelFunction, scope: Scope): number => {
  const { field, rule } = scope;
  if (rule.strategy === "bernoulli")
    throw new StudyError(`${field}.strategy`, "is bernoulli, which draws how many weights learn: use uniform with the same fraction where they are counted");
  let entries = 0;
  const placed = (count: number): void => void (entries += count);
  fill({ model, draw: undefined, masks: new Map(), field, placed }, blocksOf(scope), rule);
  return entries;
};
