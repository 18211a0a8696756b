import type { Expansion } from "@allot/expansion";
import type { Outcome } from "@allot/ledger";
import { canonicalJson } from "@allot/spec";
import { studentCritical } from "@allot/stats";
import type { Best } from "./facts.ts";

/** Running mean and sum of squared deviations (Welford). */
interface Sums {
  count: number;
  mean: number;
  squares: number;
}

const confidence = 0.95;

/** The objective's mean per arm so far, in the last stage that has values where there are stages, at each arm's best tuned value: O(arms) memory, whatever the number of trials. */
export class Standings {
  readonly #expansion: Expansion;
  readonly #tuned: readonly string[];
  /** Per arm, then per combination of tuned values. */
  readonly #sums = new Map<number, Map<string, Sums>>();
  /** Asked for far more often than it changes. */
  #best: Best | undefined;
  /** Position of the stage that the sums are of. */
  #stage = -1;

  constructor(expansion: Expansion) {
    this.#expansion = expansion;
    this.#tuned = expansion.parameters.filter(({ role }) => role === "tuned").map(({ name }) => name);
  }

  /** Takes in the outcomes of one sealed segment; each segment once. */
  add(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) this.#take(outcome);
    this.#best = this.#find();
  }

  best(): Best | undefined {
    return this.#best;
  }

  #find(): Best | undefined {
    const sign = this.#expansion.sweep.spec.objective.direction === "maximize" ? 1 : -1;
    let best: { arm: number; sums: Sums } | undefined;
    for (const [arm, cells] of this.#sums) {
      for (const sums of cells.values()) if (!best || sign * sums.mean > sign * best.sums.mean) best = { arm, sums };
    }
    return best && described(this.#expansion.armAt(best.arm).name, best.sums);
  }

  #take({ arm, stage, labels, state, metrics }: Outcome): void {
    // The baseline's copy is no arm of its own, and no replicate of the baseline either.
    if (arm >= this.#expansion.arms) return;
    const value = metrics[this.#expansion.sweep.spec.objective.metric];
    if (!this.#enters(stage) || state !== "Succeeded" || value === undefined || !Number.isFinite(value)) return;
    const cells = this.#sums.get(arm) ?? new Map<string, Sums>();
    this.#sums.set(arm, cells);
    const key = this.#tuned.length === 0 ? "" : canonicalJson(this.#tuned.map((name) => labels[name] ?? null));
    const { count, mean, squares } = cells.get(key) ?? { count: 0, mean: 0, squares: 0 };
    const next = mean + (value - mean) / (count + 1);
    cells.set(key, { count: count + 1, mean: next, squares: squares + (value - mean) * (value - next) });
  }

  /** Whether what a stage brought counts: values of a later one take the place of all others. */
  #enters(stage: string | undefined): boolean {
    const at = this.#expansion.sweep.spec.stages.findIndex(({ name }) => name === stage);
    if (at > this.#stage) this.#sums.clear();
    this.#stage = Math.max(this.#stage, at);
    return at === this.#stage;
  }
}

const described = (arm: string, { count, mean, squares }: Sums): Best => {
  if (count < 2) return { arm, mean, replicates: count };
  const halfWidth = studentCritical(1 - confidence, count - 1) * Math.sqrt(squares / (count - 1) / count);
  return { arm, mean, halfWidth, replicates: count };
};
