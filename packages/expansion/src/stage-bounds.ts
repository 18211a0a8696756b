import type { Expansion } from "./expansion.ts";

/** The most that a stage can come to before it is decided which arms it trains. */
export interface StageBound {
  readonly name: string;
  readonly arms: number;
  readonly trials: number;
}

/** Of every stage that is not decided yet, in order. O(arms). */
export function stageBounds(expansion: Expansion): StageBound[] {
  const { stages } = expansion.sweep.spec;
  const known = expansion.stages.at(-1);
  if (!known || expansion.stages.length === stages.length) return [];
  const sizes = Array.from({ length: expansion.arms }, (_, arm) => expansion.armAt(arm).cells).sort((a, b) => b - a);
  const controls = new Set(sizes.map((_, arm) => expansion.controlOf(arm))).size;
  let { arms } = known.expansion;
  return stages.slice(expansion.stages.length).map(({ name }, at) => {
    const top = stages[expansion.stages.length - 1 + at]?.keep?.top ?? arms;
    // Each arm that is kept brings its control along, if that is not kept anyway.
    arms = Math.min(arms, top + Math.min(top, controls));
    const cells = sizes.slice(0, arms).reduce((sum, size) => sum + size, 0);
    const copies = expansion.copied === undefined ? 0 : expansion.armAt(expansion.copied).cells;
    return { name, arms, trials: (cells + copies) * expansion.replicates };
  });
}
