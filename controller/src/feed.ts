import { type Plan, packAt } from "@allot/expansion";
import type { Transport } from "@allot/transport";

export interface FeedOptions {
  readonly transport: Transport;
  readonly plan: Plan;
  readonly sweep: string;
  /** Whether a pack has its segment already. */
  readonly sealed: (pack: number) => boolean;
  /** Packs on the queue at once; bounds memory whatever the size of the sweep. */
  readonly window: number;
}

/** Keeps the queue filled a little ahead of demand and knows when all is settled. */
export class Feed {
  readonly #options: FeedOptions;
  readonly #open = new Set<number>();
  #next = 0;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Publishes packs until the window is full. Closes the queue once nothing is left. */
  async fill(): Promise<void> {
    const { transport, plan, sweep, sealed, window } = this.#options;
    while (this.#open.size < window && this.#next < plan.packs) {
      const pack = this.#next++;
      if (sealed(pack)) continue;
      this.#open.add(pack);
      await transport.publish({ sweep, ...packAt(plan, pack) });
    }
    if (this.#open.size === 0) transport.closeQueue();
  }

  /** A pack has its seal. */
  async settle(pack: number): Promise<void> {
    this.#open.delete(pack);
    await this.fill();
  }
}
