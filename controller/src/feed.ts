import { packAt } from "@allot/expansion";
import type { Transport } from "@allot/transport";
import type { Course } from "./course.ts";

export interface FeedOptions {
  readonly transport: Transport;
  readonly course: Course;
  readonly sweep: string;
  /** Packs on the queue at once; bounds memory whatever the size of the sweep. */
  readonly window: number;
  /** Called when another stage begins. */
  readonly onStage?: () => void;
}

/** Keeps the queue filled a little ahead of demand, stage after stage, and knows when all is settled. */
export class Feed {
  readonly #options: FeedOptions;
  readonly #open = new Set<number>();
  #next = 0;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Publishes packs until the window is full. Closes the queue once nothing is left. @throws NothingToPromote */
  async supply({ signal }: { signal: AbortSignal }): Promise<void> {
    const { transport, course, sweep, window } = this.#options;
    const { ledger } = course;
    do {
      while (this.#open.size < window && this.#next < course.plan.packs) {
        const pack = this.#next++;
        if (ledger.sealed(pack)) continue;
        this.#open.add(pack);
        await transport.publish({ sweep, ...packAt(course.plan, pack) });
      }
      if (this.#open.size > 0) return;
    } while (await this.#stage({ signal }));
    transport.closeQueue();
  }

  /** A pack has its seal. */
  async settle(pack: number, options: { signal: AbortSignal }): Promise<void> {
    this.#open.delete(pack);
    await this.supply(options);
  }

  async #stage({ signal }: { signal: AbortSignal }): Promise<boolean> {
    const begun = await this.#options.course.advance({ signal });
    if (begun) this.#options.onStage?.();
    return begun;
  }
}
