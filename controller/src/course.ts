import { type Costs, type Expansion, joinPlans, type Plan, type PlanOptions, planPacks } from "@allot/expansion";
import { type Ledger, openLedger, settle } from "@allot/ledger";
import type { Sweep } from "@allot/spec";
import { type Decision, decideStage, planKey, readStages, settleDecision, stageReading } from "@allot/stages";
import type { Store } from "@allot/store";
import { isComplete } from "./counts.ts";

export interface CourseOptions {
  /** The sweep's store. */
  readonly store: Store;
  readonly sweep: Sweep;
  /** For the packs of blocks that nobody has planned yet. */
  readonly packs: PlanOptions;
  /** For numbers that follow from a budget: what is trained decides how packs are cut. */
  readonly costs?: Costs | undefined;
  readonly signal: AbortSignal;
}

/**
 * A sweep on its way through its stages: which trials it has by now, their packs, and how they ended. Where it has come to is in the
 * store, so whoever opens it finds the same; a sweep without stages has all its trials from the start.
 */
export class Course {
  readonly ledger: Ledger;
  readonly #o: CourseOptions;
  #expansion: Expansion;
  #plan: Plan;
  #decisions: readonly Decision[];

  constructor(options: CourseOptions, at: { expansion: Expansion; plan: Plan; decisions: readonly Decision[]; ledger: Ledger }) {
    this.#o = options;
    this.ledger = at.ledger;
    this.#expansion = at.expansion;
    this.#plan = at.plan;
    this.#decisions = at.decisions;
  }

  get expansion(): Expansion {
    return this.#expansion;
  }

  get plan(): Plan {
    return this.#plan;
  }

  get decisions(): readonly Decision[] {
    return this.#decisions;
  }

  /** The last stage that has begun. */
  get stage(): string | undefined {
    return this.#expansion.stages.at(-1)?.name;
  }

  /** Whether a stage follows whose arms are not decided. */
  get goesOn(): boolean {
    return this.#expansion.stages.length < this.#o.sweep.spec.stages.length;
  }

  /** Whether all trials have ended, and no stage brings others. */
  get complete(): boolean {
    return !this.goesOn && this.#ended;
  }

  get #ended(): boolean {
    return isComplete(this.ledger.counts(), this.#expansion.trials);
  }

  /**
   * Begins the next stage, where all trials of the last one have ended and one follows: seals which arms go on, and then their packs.
   * @returns whether there is work again. @throws NothingToPromote
   */
  async advance({ signal }: { signal: AbortSignal }): Promise<boolean> {
    if (!this.goesOn || !this.#ended) return false;
    const { store, sweep, packs, costs } = this.#o;
    const number = this.#expansion.stages.length;
    await settleDecision(store, number, decideStage(this.#expansion, await stageReading(this.#expansion, this.ledger, { signal })), { signal });
    const { expansion, decisions } = await readStages(store, sweep, { signal, costs });
    this.#plan = joinPlans(this.#plan, await settlePacks(store, { expansion, number, packs, signal }));
    this.#expansion = expansion;
    this.#decisions = decisions;
    this.ledger.grow(expansion.trials);
    return true;
  }
}

/** The packs of a stage, or of all trials where there are no stages: cut by the first to come. @param number of the stage, from 0 */
const settlePacks = async (store: Store, o: { expansion: Expansion; number: number; packs: PlanOptions; signal: AbortSignal }): Promise<Plan> => {
  const { expansion, number, packs, signal } = o;
  return settle(store, planKey(number), { make: () => planPacks(expansion.stages[number]?.expansion ?? expansion, packs), signal });
};

/** Finds where a sweep has come to, and begins the next stage if that is due. @throws NothingToPromote, LedgerError */
export const openCourse = async (options: CourseOptions): Promise<Course> => {
  const { store, sweep, packs, costs, signal } = options;
  const { expansion, decisions } = await readStages(store, sweep, { signal, costs });
  let plan = await settlePacks(store, { expansion, number: 0, packs, signal });
  for (let number = 1; number < expansion.stages.length; number++) plan = joinPlans(plan, await settlePacks(store, { expansion, number, packs, signal }));
  const ledger = await openLedger(store, { trials: expansion.trials, signal });
  const course = new Course(options, { expansion, plan, decisions, ledger });
  while (await course.advance({ signal }));
  return course;
};
