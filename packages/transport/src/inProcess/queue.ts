import type { Clock } from "@allot/runtime";
import { Condition } from "../condition.ts";
import type { Lease, PackMessage } from "../transport.ts";
import { TransportError } from "../transport.ts";

interface Entry {
  readonly id: string;
  readonly message: PackMessage;
  deliveries: number;
  /** Set while leased: which delivery holds the pack, and until when (monotonic milliseconds). */
  lease: { delivery: number; deadline: number } | undefined;
}

const idOf = ({ sweep, pack }: PackMessage): string => `${sweep}/${pack}`;

/**
 * A work queue with leases. There is no timer in the background: expiry is looked at whenever someone asks, and
 * who waits for a pack also waits for the next deadline.
 */
export class PackQueue {
  readonly #clock: Clock;
  readonly #leaseMilliseconds: number;
  readonly #changed = new Condition();
  /** Queued or leased. */
  readonly #entries = new Map<string, Entry>();
  readonly #queued: Entry[] = [];
  readonly #leased = new Set<Entry>();
  #state: "open" | "complete" | "closed" = "open";

  constructor(o: { clock: Clock; leaseMilliseconds: number }) {
    this.#clock = o.clock;
    this.#leaseMilliseconds = o.leaseMilliseconds;
  }

  publish(message: PackMessage): "queued" | "duplicate" {
    if (this.#state !== "open") throw new TransportError(`pack ${message.name} was published after the queue was closed`);
    const id = idOf(message);
    if (this.#entries.has(id)) return "duplicate";
    const entry: Entry = { id, message, deliveries: 0, lease: undefined };
    this.#entries.set(id, entry);
    this.#queued.push(entry);
    this.#changed.notifyAll();
    return "queued";
  }

  async lease({ signal }: { signal: AbortSignal }): Promise<Lease | "closed"> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#state === "closed") throw new TransportError("the transport is closed");
      this.#expire();
      const entry = this.#queued.shift();
      if (entry) return this.#handOut(entry);
      if (this.#state === "complete" && this.#entries.size === 0) return "closed";
      await this.#changedOrExpired(signal);
    }
  }

  /** No more packs come. */
  complete(): void {
    if (this.#state === "open") this.#state = "complete";
    this.#changed.notifyAll();
  }

  close(): void {
    this.#state = "closed";
    this.#changed.notifyAll();
  }

  #handOut(entry: Entry): Lease {
    entry.deliveries += 1;
    const mine = { delivery: entry.deliveries, deadline: this.#clock.monotonic() + this.#leaseMilliseconds };
    entry.lease = mine;
    this.#leased.add(entry);
    const held = (): boolean => {
      this.#expire();
      return entry.lease === mine;
    };
    return {
      message: entry.message,
      delivery: mine.delivery,
      heartbeat: async () => {
        if (!held()) return false;
        mine.deadline = this.#clock.monotonic() + this.#leaseMilliseconds;
        return true;
      },
      ack: async () => this.#settle(entry),
      release: async () => {
        if (held()) this.#giveBack(entry);
      },
    };
  }

  #settle(entry: Entry): void {
    // The same pack may have been published again since: that is another entry.
    if (this.#entries.get(entry.id) !== entry) return;
    this.#entries.delete(entry.id);
    this.#leased.delete(entry);
    entry.lease = undefined;
    const place = this.#queued.indexOf(entry);
    if (place >= 0) this.#queued.splice(place, 1);
    this.#changed.notifyAll();
  }

  #giveBack(entry: Entry): void {
    entry.lease = undefined;
    this.#leased.delete(entry);
    // In front: what was begun first should not end last.
    this.#queued.unshift(entry);
    this.#changed.notifyAll();
  }

  #expire(): void {
    const now = this.#clock.monotonic();
    for (const entry of this.#leased) if (entry.lease && entry.lease.deadline <= now) this.#giveBack(entry);
  }

  async #changedOrExpired(signal: AbortSignal): Promise<void> {
    const deadline = Math.min(...[...this.#leased].map((entry) => entry.lease?.deadline ?? Number.POSITIVE_INFINITY));
    if (deadline === Number.POSITIVE_INFINITY) return this.#changed.wait({ signal });
    return this.#changed.waitAtMost(Math.max(1, deadline - this.#clock.monotonic()), { clock: this.#clock, signal });
  }
}
