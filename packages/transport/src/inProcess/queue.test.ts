import { ManualClock } from "@allot/runtime";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Lease } from "../index.ts";
import { packOf } from "../testing/messages.ts";
import { PackQueue } from "./queue.ts";

const leaseMilliseconds = 1000;
const { signal } = new AbortController();

const lease = async (queue: PackQueue): Promise<Lease> => {
  const taken = await queue.lease({ signal });
  if (taken === "closed") throw new Error("closed");
  return taken;
};

/** The next lease, or `none` when there is nothing to lease now. */
const leaseOrNone = async (queue: PackQueue): Promise<Lease | "closed" | "none"> => {
  const impatient = new AbortController();
  const taking = queue.lease({ signal: impatient.signal }).catch(() => "none" as const);
  impatient.abort();
  return taking;
};

describe("the queue", () => {
  it("expires a lease when its time is up and not before", async () => {
    const clock = new ManualClock();
    const queue = new PackQueue({ clock, leaseMilliseconds });
    queue.publish(packOf(1));
    const first = await lease(queue);
    clock.advance(leaseMilliseconds - 1);
    expect(await first.heartbeat()).toBe(true);
    clock.advance(leaseMilliseconds - 1);
    expect(await leaseOrNone(queue)).toBe("none");
    clock.advance(1);
    expect(await first.heartbeat()).toBe(false);
    expect(await lease(queue)).toMatchObject({ delivery: 2 });
  });

  it("wakes who waits at the next deadline, and leaves no timer behind", async () => {
    const clock = new ManualClock();
    const queue = new PackQueue({ clock, leaseMilliseconds });
    queue.publish(packOf(1));
    await lease(queue);
    const waiting = lease(queue);
    await Promise.resolve();
    expect(clock.sleepers).toBe(1);
    clock.advance(leaseMilliseconds);
    expect(await waiting).toMatchObject({ delivery: 2 });
    expect(clock.sleepers).toBe(0);
  });

  it("hands out what was given back before what never began", async () => {
    const queue = new PackQueue({ clock: new ManualClock(), leaseMilliseconds });
    for (const pack of [1, 2, 3]) queue.publish(packOf(pack));
    await (await lease(queue)).release();
    expect([(await lease(queue)).message.pack, (await lease(queue)).message.pack]).toEqual([1, 2]);
  });

  it("never has two holders of a pack, and never forgets a pack before it is settled", async () => {
    await fc.assert(
      fc.asyncProperty(moves, async (list) => {
        const run = new ModelledRun();
        for (const move of list) {
          const { got, wanted } = await run.make(move);
          expect(got).toEqual(wanted);
          const held = await run.held();
          expect(new Set(held).size).toBe(held.length);
        }
        expect(await run.drain()).toEqual(new Set(run.open.keys()));
      }),
      { numRuns: 300 },
    );
  });
});

type Move =
  | { kind: "publish"; pack: number }
  | { kind: "lease" }
  | { kind: "ack" | "release" | "heartbeat"; holder: number }
  | { kind: "advance"; milliseconds: number };

const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("publish" as const), pack: fc.nat(4) }),
    fc.record({ kind: fc.constant("lease" as const) }),
    fc.record({ kind: fc.constantFrom("ack" as const, "release" as const, "heartbeat" as const), holder: fc.nat(9) }),
    fc.record({ kind: fc.constant("advance" as const), milliseconds: fc.constantFrom(1, 400, 1000) }),
  ),
  { maxLength: 60 },
);

/** A queue and what should be on it. */
class ModelledRun {
  readonly #clock = new ManualClock();
  readonly #queue = new PackQueue({ clock: this.#clock, leaseMilliseconds });
  readonly #leases: { lease: Lease; publication: number }[] = [];
  /** The packs that are not settled, with the publication that brought each and its deliveries so far. */
  readonly open = new Map<number, { publication: number; deliveries: number }>();
  #publications = 0;

  /** What the queue answered, and what it should have. */
  async make(move: Move): Promise<{ got: unknown; wanted: unknown }> {
    if (move.kind === "publish") return this.#publish(move.pack);
    if (move.kind === "lease") return this.#lease();
    if (move.kind !== "advance") return this.#hold(move.kind, move.holder);
    this.#clock.advance(move.milliseconds);
    return { got: "time", wanted: "time" };
  }

  /** The packs of all leases that their holders still have. */
  async held(): Promise<number[]> {
    const held: number[] = [];
    for (const { lease: one } of this.#leases) if (await one.heartbeat()) held.push(one.message.pack);
    return held;
  }

  /** What is left once no more is published and every lease has expired. */
  async drain(): Promise<Set<number>> {
    this.#queue.complete();
    this.#clock.advance(leaseMilliseconds);
    const rest = new Set<number>();
    for (let next = await this.#queue.lease({ signal }); next !== "closed"; next = await this.#queue.lease({ signal })) {
      rest.add(next.message.pack);
      await next.ack();
    }
    return rest;
  }

  #publish(pack: number): { got: unknown; wanted: unknown } {
    const wanted = this.open.has(pack) ? "duplicate" : "queued";
    if (wanted === "queued") this.open.set(pack, { publication: this.#publications++, deliveries: 0 });
    return { got: this.#queue.publish(packOf(pack)), wanted };
  }

  async #lease(): Promise<{ got: unknown; wanted: unknown }> {
    const taken = await leaseOrNone(this.#queue);
    if (taken === "none" || taken === "closed") return { got: taken, wanted: "none" };
    const known = this.open.get(taken.message.pack);
    if (!known) return { got: taken.message, wanted: "a pack that is not settled" };
    known.deliveries += 1;
    this.#leases.push({ lease: taken, publication: known.publication });
    return { got: taken.delivery, wanted: known.deliveries };
  }

  async #hold(kind: "ack" | "release" | "heartbeat", holder: number): Promise<{ got: unknown; wanted: unknown }> {
    const held = this.#leases[holder];
    await held?.lease[kind]();
    const pack = held?.lease.message.pack ?? -1;
    // An acknowledgement settles what it was handed out for, and not what was published since.
    if (kind === "ack" && held && this.open.get(pack)?.publication === held.publication) this.open.delete(pack);
    return { got: "held", wanted: "held" };
  }
}
