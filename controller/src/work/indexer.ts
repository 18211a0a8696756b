import { type Plan, packAt } from "@allot/expansion";
import { type IdentityRow, identityBlockOf, type Outcome, openIdentities } from "@allot/ledger";
import type { Store } from "@allot/store";

interface Block {
  /** Packs whose outcomes were not taken yet. */
  missing: number;
  readonly rows: IdentityRow[];
}

/** Writes a sweep's trials to the index of identities, block by block, as their packs are read. */
export class Indexer {
  readonly #place: string;
  readonly #plan: Plan;
  readonly #blocks = new Map<number, Block>();

  /** @param place where the sweep's results are below the root store. */
  constructor(place: string, plan: Plan) {
    this.#place = place;
    this.#plan = plan;
    for (let pack = 0; pack < plan.packs; pack++) this.#blockOf(pack).missing++;
  }

  /** Takes a pack's outcomes, each pack once. */
  take(pack: number, outcomes: readonly Outcome[]): void {
    const block = this.#blockOf(pack);
    const { name } = packAt(this.#plan, pack);
    for (const { identity, trial, state } of outcomes) if (state === "Succeeded") block.rows.push({ identity, pack: name, trial });
    block.missing--;
  }

  /** Writes the blocks that are whole. @param root the root store. */
  async write(root: Store, { signal }: { signal: AbortSignal }): Promise<void> {
    for (const [number, { missing, rows }] of this.#blocks) {
      if (missing > 0) continue;
      await openIdentities(root).write(this.#place, number, rows, { signal });
      this.#blocks.delete(number);
    }
  }

  #blockOf(pack: number): Block {
    const number = identityBlockOf(packAt(this.#plan, pack).first);
    const present = this.#blocks.get(number);
    if (present) return present;
    const block = { missing: 0, rows: [] };
    this.#blocks.set(number, block);
    return block;
  }
}
