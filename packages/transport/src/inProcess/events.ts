import { Condition } from "../condition.ts";
import type { EventStream, LaneEvent } from "../transport.ts";
import { TransportError } from "../transport.ts";

const never = new AbortController().signal;

/** A bounded log: publishers wait while it is full, subscribers take turns at its oldest entries. */
export class Events implements EventStream {
  readonly #capacity: number;
  readonly #changed = new Condition();
  readonly #unread: { readonly event: LaneEvent; taken: boolean }[] = [];
  #lastPublish: Promise<void> = Promise.resolve();
  readonly #dealtWith: ((event: LaneEvent) => void) | undefined;
  #closed = false;

  /**
   * @param capacity events kept unread before publishers wait.
   * @param dealtWith is told of each event that a subscriber is done with.
   */
  constructor(capacity: number, { dealtWith }: { dealtWith?: (event: LaneEvent) => void } = {}) {
    this.#capacity = capacity;
    this.#dealtWith = dealtWith;
  }

  async publish(event: LaneEvent): Promise<void> {
    // One after the other, so that waiting for room keeps the order of calls.
    const published = this.#lastPublish.then(async () => this.#append(event));
    this.#lastPublish = published.catch(() => undefined);
    return published;
  }

  async *subscribe({ signal }: { signal: AbortSignal }): AsyncGenerator<LaneEvent> {
    while (!signal.aborted && !this.#closed) {
      const entry = this.#unread.find(({ taken }) => !taken);
      if (!entry) {
        await this.#changed.wait({ signal });
        continue;
      }
      entry.taken = true;
      let dealtWith = false;
      try {
        yield entry.event;
        dealtWith = true;
      } finally {
        entry.taken = false;
        if (dealtWith) {
          this.#unread.splice(this.#unread.indexOf(entry), 1);
          this.#dealtWith?.(entry.event);
        }
        this.#changed.notifyAll();
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.#changed.notifyAll();
  }

  async #append(event: LaneEvent): Promise<void> {
    while (this.#unread.length >= this.#capacity && !this.#closed) await this.#changed.wait({ signal: never });
    if (this.#closed) throw new TransportError(`the transport is closed: event "${event.kind}" of pack ${event.pack} was not kept`);
    this.#unread.push({ event, taken: false });
    this.#changed.notifyAll();
  }
}
