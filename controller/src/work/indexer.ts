import { type Plan, packAt } from "@allot/expansion";
import { type IdentityRow, identityBlockOf, type Outcome, openIdentities } from "@allot/ledger";
import type { Store } from "@allot/store";
import type { Course } from "../course.ts";

interface Block {
  /** Packs whose outcomes were not taken yet. */
  missing: number;
  readonly rows: IdentityRow[];
}

/** Writes a sweep's trials to the index of identities, block by block, as their packs are read. */
export class Indexer {
  readonly #place: string;
  #plan: Plan | undefined;
  readonly #blocks = new Map<number, Block>();

  /** @param place where the sweep's results are below the root store. */
  constructor(place: string) {
    this.#place = place;
  }

  /** The packs that are known by now. */
  extend(plan: Plan): void {
    const known = this.#plan?.packs ?? 0;
    this.#plan = plan;
    for (let pack = known; pack < plan.packs; pack++) this.#blockOf(pack).missing++;
  }

  /** Takes a pack's outcomes, each pack once. */
  take(pack: number, outcomes: readonly Outcome[]): void {
    const block = this.#blockOf(pack);
    const { name } = packAt(this.#plan!, pack);
    for (const { identity, trial, state } of outcomes) if (state === "Succeeded") block.rows.push({ identity, pack: name, trial });
    block.missing--;
  }

  /** Writes the blocks that are whole; not the one that a stage to come has trials of too. @param root the root store. */
  async write(root: Store, course: Pick<Course, "goesOn" | "plan">, { signal }: { signal: AbortSignal }): Promise<void> {
    const packs = this.#plan?.packs ?? 0;
    const growing = course.goesOn || course.plan.packs > packs ? identityBlockOf(packAt(this.#plan!, packs - 1).last + 1) : -1;
    for (const [number, { missing, rows }] of this.#blocks) {
      if (missing > 0 || number === growing) continue;
      await openIdentities(root).write(this.#place, number, rows, { signal });
      this.#blocks.delete(number);
    }
  }

  #blockOf(pack: number): Block {
    const number = identityBlockOf(packAt(this.#plan!, pack).first);
    const present = this.#blocks.get(number);
    if (present) return present;
    const block = { missing: 0, rows: [] };
    this.#blocks.set(number, block);
    return block;
  }
}
