import type { AllocationRule } from "@allot/spec";
import type { Strategy } from "./grid.ts";
import { banded } from "./strategies/banded.ts";
import { block } from "./strategies/block.ts";
import { col } from "./strategies/col.ts";
import { magnitude, smallest } from "./strategies/magnitude.ts";
import { rankGreedy } from "./strategies/rank-greedy.ts";
import { row } from "./strategies/row.ts";
import { saliency } from "./strategies/saliency.ts";
import { spread } from "./strategies/spread.ts";
import { lower, upper } from "./strategies/triangle.ts";
import { uniform } from "./strategies/uniform.ts";

/**
 * What a strategy's matrix is when its scope has several tensors.
 * `flat`: all entries in one row. `stack`: side by side with one hidden neuron
 * per row, [B | W | Dᵀ]; where the tensors share no such axis, as `each`.
 * `each`: the count is shared out by size (largest remainder), one matrix a
 * tensor. `neurons`: always stacked, also one tensor alone; an error where undefined.
 */
export type Layout = "flat" | "stack" | "each" | "neurons";

interface Counted {
  readonly layout: Layout;
  readonly cells: Strategy;
}

/** A strategy that takes a number of entries to train. */
export type CountedStrategy = Extract<AllocationRule, { inner: unknown }>["inner"];

export const counted: Readonly<Record<CountedStrategy, Counted>> = {
  uniform: { layout: "flat", cells: uniform },
  spread: { layout: "stack", cells: spread },
  row: { layout: "stack", cells: row },
  col: { layout: "stack", cells: col },
  neuron: { layout: "neurons", cells: row },
  block: { layout: "stack", cells: block },
  diag: { layout: "each", cells: banded },
  banded: { layout: "each", cells: banded },
  lower: { layout: "each", cells: lower },
  upper: { layout: "each", cells: upper },
  magnitude: { layout: "flat", cells: magnitude },
  smallest: { layout: "flat", cells: smallest },
  saliency: { layout: "flat", cells: saliency },
  rankGreedy: { layout: "flat", cells: rankGreedy },
};
