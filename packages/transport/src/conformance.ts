import { systemClock } from "@allot/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LaneEvent, Lease, MeasurementBatch, PackMessage, Transport } from "./transport.ts";

/** One lane's own end of a transport, in a process or on a connection that can be killed by itself. */
export interface LaneEnd {
  readonly transport: Transport;
  /** Ends the lane as SIGKILL ends a process: it gives nothing back and says no goodbye. */
  kill(): Promise<void>;
}

/** A transport under test, made anew for every test. */
export interface TransportHarness {
  /** The controller's end. */
  readonly transport: Transport;
  /** How long a lease lasts without a heartbeat; the suite waits for several of these. */
  readonly leaseMilliseconds: number;
  /** Points kept for a subscriber that is behind: the suite publishes more. */
  readonly measurementPoints: number;
  /** Events kept unread: the suite publishes more. */
  readonly unreadEvents: number;
  readonly connect: (lane: string) => Promise<LaneEnd>;
  /** Closes the transport and ends whatever `connect` started. */
  close(): Promise<void>;
}

const packOf = (pack: number, sweep = "sweep"): PackMessage => ({
  sweep,
  pack,
  name: `p${String(pack).padStart(6, "0")}`,
  first: pack * 10,
  last: pack * 10 + 9,
});

const batchOf = (pack: number, values: number[]): MeasurementBatch => ({
  lane: "lane",
  pack,
  trial: Int32Array.from(values, (_, i) => i),
  metric: values.map(() => "train.loss"),
  step: values.map((_, i) => i),
  value: values,
});

const eventOf = (lane: string, pack: number): LaneEvent => ({ kind: "sealed", lane, pack, delivery: 1, counts: { Succeeded: 10 } });

const leaseNow = async (transport: Transport, lane = "lane"): Promise<Lease> => {
  const lease = await transport.lease(lane, { signal: AbortSignal.timeout(20_000) });
  if (lease === "closed") throw new Error("the queue is closed");
  return lease;
};

const sleep = async (milliseconds: number): Promise<void> => systemClock.sleep(milliseconds, { signal: AbortSignal.timeout(60_000) });

/** Whether a promise is still unsettled after `milliseconds`. */
const stillWaits = async (promise: Promise<unknown>, milliseconds: number): Promise<boolean> =>
  Promise.race([promise.then(() => false), sleep(milliseconds).then(() => true)]);

/** The first `count` items of a stream, leaving the loop only when it asks for the next one. */
const take = async <T>(stream: AsyncIterable<T>, count: number): Promise<T[]> => {
  const items: T[] = [];
  const iterator = stream[Symbol.asyncIterator]();
  while (items.length < count) {
    const next = await iterator.next();
    if (next.done === true) break;
    items.push(next.value);
  }
  return items;
};

/** Leases and settles until the queue is closed; gives the packs it settled. */
const drain = async (transport: Transport, lane: string): Promise<number[]> => {
  const settled: number[] = [];
  for (;;) {
    const lease = await transport.lease(lane, { signal: AbortSignal.timeout(50_000) });
    if (lease === "closed") return settled;
    settled.push(lease.message.pack);
    await lease.ack();
  }
};

/**
 * What every adapter of `Transport` keeps, as tests of the port alone. Real time passes: choose a short lease.
 * @param make a fresh transport with nothing on its queue.
 */
export const transportConformance = (name: string, make: () => Promise<TransportHarness>): void => {
  describe(`${name} keeps the rules of Transport`, () => {
    let harness: TransportHarness;
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(async () => harness.close());
    const current = (): TransportHarness => harness;

    describe("queue", () => {
      queueRules(current);
    });
    describe("leases", () => {
      leaseRules(current);
      holdRules(current);
    });
    describe("lanes that die", () => {
      killRules(current);
    });
    describe("measurements", () => {
      measurementRules(current);
    });
    describe("events", () => {
      eventRules(current);
    });
    describe("control", () => {
      controlRules(current);
    });
    describe("closing", () => {
      closeRules(current);
    });
  });
};

const queueRules = (current: () => TransportHarness): void => {
  it("hands each pack to one of several lanes, as it was published", async () => {
    const { transport, connect } = current();
    for (let pack = 0; pack < 60; pack++) expect(await transport.publish(packOf(pack))).toBe("queued");
    transport.closeQueue();
    const lanes = await Promise.all(["a", "b", "c"].map(async (lane) => connect(lane)));
    const first = await leaseNow(lanes[0]!.transport);
    expect(first.message).toEqual(packOf(first.message.pack));
    expect(first.delivery).toBe(1);
    await first.ack();
    const settled = await Promise.all(lanes.map(async (lane, i) => drain(lane.transport, `lane ${i}`)));
    const packs = [first.message.pack, ...settled.flat()].sort((a, b) => a - b);
    expect(packs).toEqual(Array.from({ length: 60 }, (_, pack) => pack));
  });

  it("hands packs out in the order they were published", async () => {
    const { transport } = current();
    for (const pack of [5, 2, 9]) await transport.publish(packOf(pack));
    const order = [await leaseNow(transport), await leaseNow(transport), await leaseNow(transport)];
    expect(order.map((lease) => lease.message.pack)).toEqual([5, 2, 9]);
  });

  it("refuses a pack that is queued or leased, and takes it again once settled", async () => {
    const { transport, connect } = current();
    expect(await transport.publish(packOf(1))).toBe("queued");
    expect(await transport.publish(packOf(1))).toBe("duplicate");
    const lane = await connect("lane");
    const lease = await leaseNow(lane.transport);
    expect(await transport.publish(packOf(1))).toBe("duplicate");
    await lease.ack();
    expect(await transport.publish(packOf(1))).toBe("queued");
    expect((await leaseNow(lane.transport)).delivery).toBe(1);
  });

  it("keeps the packs of two sweeps apart", async () => {
    const { transport } = current();
    expect(await transport.publish(packOf(1, "one"))).toBe("queued");
    expect(await transport.publish(packOf(1, "two"))).toBe("queued");
  });

  it("lets a lane wait until a pack comes", async () => {
    const { transport, connect } = current();
    const lane = await connect("lane");
    const waiting = leaseNow(lane.transport);
    expect(await stillWaits(waiting, 50)).toBe(true);
    await transport.publish(packOf(3));
    expect((await waiting).message.pack).toBe(3);
  });

  it("gives nothing to a lane that no longer waits", async () => {
    const { transport, connect } = current();
    const lane = await connect("lane");
    const impatient = new AbortController();
    const waiting = lane.transport.lease("lane", { signal: impatient.signal });
    expect(await stillWaits(waiting, 50)).toBe(true);
    const reason = new Error("enough");
    impatient.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await transport.publish(packOf(1));
    expect((await leaseNow(transport)).delivery).toBe(1);
  });

  it("refuses a wait that was aborted before it began", async () => {
    const { transport } = current();
    await transport.publish(packOf(1));
    await expect(transport.lease("lane", { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    expect((await leaseNow(transport)).delivery).toBe(1);
  });

  it("tells every waiting lane that it is closed, but only when the last pack is settled", async () => {
    const { transport, connect } = current();
    const [holder, waiter] = await Promise.all([connect("holder"), connect("waiter")]);
    await transport.publish(packOf(1));
    const lease = await leaseNow(holder.transport);
    transport.closeQueue();
    const waiting = waiter.transport.lease("waiter", { signal: AbortSignal.timeout(20_000) });
    expect(await stillWaits(waiting, 50)).toBe(true);
    await lease.ack();
    expect(await waiting).toBe("closed");
    expect(await holder.transport.lease("holder", { signal: AbortSignal.timeout(20_000) })).toBe("closed");
  });

  it("hands out what was published before the queue was closed, also when nobody awaited it", async () => {
    const { transport } = current();
    const publishing = [transport.publish(packOf(1)), transport.publish(packOf(2))];
    transport.closeQueue();
    transport.closeQueue();
    expect(await Promise.all(publishing)).toEqual(["queued", "queued"]);
    expect((await drain(transport, "lane")).sort((a, b) => a - b)).toEqual([1, 2]);
  });

  it("refuses packs once the queue is closed", async () => {
    const { transport } = current();
    transport.closeQueue();
    await expect(transport.publish(packOf(1))).rejects.toThrow("after the queue was closed");
  });
};

const leaseRules = (current: () => TransportHarness): void => {
  it("keeps a pack for a lane whose heart beats, however long it takes", async () => {
    const { transport, connect, leaseMilliseconds } = current();
    const [busy, idle] = await Promise.all([connect("busy"), connect("idle")]);
    await transport.publish(packOf(1));
    const lease = await leaseNow(busy.transport);
    const other = idle.transport.lease("idle", { signal: AbortSignal.timeout(20_000) });
    for (let beat = 0; beat < 12; beat++) {
      await sleep(leaseMilliseconds / 4);
      expect(await lease.heartbeat()).toBe(true);
    }
    await lease.ack();
    transport.closeQueue();
    expect(await other).toBe("closed");
  });

  it("hands a pack out again when its lane falls silent, and tells the silent lane", async () => {
    const { transport, connect } = current();
    const [silent, next] = await Promise.all([connect("silent"), connect("next")]);
    await transport.publish(packOf(1));
    const lost = await leaseNow(silent.transport);
    const again = await leaseNow(next.transport);
    expect(again.message).toEqual(packOf(1));
    expect(again.delivery).toBe(2);
    expect(await lost.heartbeat()).toBe(false);
    expect(await again.heartbeat()).toBe(true);
  });

  it("lets a late release do nothing to the new holder", async () => {
    const { transport, connect } = current();
    const [silent, next] = await Promise.all([connect("silent"), connect("next")]);
    await transport.publish(packOf(1));
    const lost = await leaseNow(silent.transport);
    const again = await leaseNow(next.transport);
    await lost.release();
    expect(await again.heartbeat()).toBe(true);
    await again.ack();
    transport.closeQueue();
    expect(await silent.transport.lease("silent", { signal: AbortSignal.timeout(20_000) })).toBe("closed");
  });

  it("lets a late acknowledgement settle the pack, as its seal stands", async () => {
    const { transport, connect } = current();
    const [silent, next] = await Promise.all([connect("silent"), connect("next")]);
    await transport.publish(packOf(1));
    const lost = await leaseNow(silent.transport);
    const again = await leaseNow(next.transport);
    await lost.ack();
    transport.closeQueue();
    expect(await next.transport.lease("next", { signal: AbortSignal.timeout(20_000) })).toBe("closed");
    await again.ack();
  });

  it("hands a released pack out again at once", async () => {
    const { transport, connect } = current();
    const [first, second] = await Promise.all([connect("first"), connect("second")]);
    await transport.publish(packOf(1));
    const lease = await leaseNow(first.transport);
    await lease.heartbeat();
    await lease.release();
    const again = await leaseNow(second.transport);
    expect(again.delivery).toBe(2);
    expect(await lease.heartbeat()).toBe(false);
  });
};

const holdRules = (current: () => TransportHarness): void => {
  it("is over for a lane that has settled its pack, or given it back", async () => {
    const { transport, connect } = current();
    const lane = await connect("lane");
    await transport.publish(packOf(1));
    const released = await leaseNow(lane.transport);
    await released.release();
    const settled = await leaseNow(lane.transport);
    expect(settled.delivery).toBe(2);
    await settled.ack();
    for (const over of [released, settled]) {
      expect(await over.heartbeat()).toBe(false);
      await over.release();
    }
    transport.closeQueue();
    expect(await lane.transport.lease("lane", { signal: AbortSignal.timeout(20_000) })).toBe("closed");
  });
};

const killRules = (current: () => TransportHarness): void => {
  it("hands the pack of a killed lane to another and counts the deliveries", async () => {
    const { transport, connect } = current();
    await transport.publish(packOf(1));
    for (let delivery = 1; delivery <= 3; delivery++) {
      const lane = await connect(`victim ${delivery}`);
      expect((await leaseNow(lane.transport)).delivery).toBe(delivery);
      await lane.kill();
    }
    const survivor = await connect("survivor");
    const lease = await leaseNow(survivor.transport);
    expect(lease).toMatchObject({ delivery: 4, message: packOf(1) });
    await lease.ack();
    transport.closeQueue();
    expect(await survivor.transport.lease("survivor", { signal: AbortSignal.timeout(20_000) })).toBe("closed");
  });

  it("gives no pack to a lane that was killed while it waited", async () => {
    const { transport, connect } = current();
    const victim = await connect("victim");
    const waiting = victim.transport.lease("victim", { signal: AbortSignal.timeout(20_000) }).catch(() => "gone");
    expect(await stillWaits(waiting, 50)).toBe(true);
    await victim.kill();
    await transport.publish(packOf(1));
    const survivor = await connect("survivor");
    expect((await leaseNow(survivor.transport)).message.pack).toBe(1);
  });

  it("settles every pack however many lanes are killed", async () => {
    const { transport, connect } = current();
    const packs = Array.from({ length: 24 }, (_, pack) => pack);
    for (const pack of packs) await transport.publish(packOf(pack));
    transport.closeQueue();
    const settled = new Set<number>();
    for (let round = 0; round < 4; round++) {
      const victim = await connect(`victim ${round}`);
      for (let pack = 0; pack <= round; pack++) {
        const lease = await leaseNow(victim.transport);
        await lease.ack();
        settled.add(lease.message.pack);
      }
      await leaseNow(victim.transport);
      await leaseNow(victim.transport);
      await victim.kill();
    }
    const lanes = await Promise.all([connect("a"), connect("b")]);
    const rest = (await Promise.all(lanes.map(async (lane, i) => drain(lane.transport, `lane ${i}`)))).flat();
    expect([...settled, ...rest].sort((a, b) => a - b)).toEqual(packs);
  });
};

const measurementRules = (current: () => TransportHarness): void => {
  it("carries a lane's batches in order, with every number as it was", async () => {
    const { transport, connect } = current();
    const end = new AbortController();
    const reading = take(transport.measurements.subscribe({ signal: end.signal }), 3);
    const lane = await connect("lane");
    const values = [Number.NaN, -0, Number.POSITIVE_INFINITY, 5e-324, 0.1];
    for (const pack of [1, 2, 3]) lane.transport.measurements.publish(batchOf(pack, values));
    const batches = await reading;
    expect(batches.map(({ pack }) => pack)).toEqual([1, 2, 3]);
    for (const batch of batches) {
      expect(batch.value.every((value, i) => Object.is(value, values[i]))).toBe(true);
      expect([...batch.trial]).toEqual([0, 1, 2, 3, 4]);
      expect(batch.metric).toEqual(values.map(() => "train.loss"));
    }
    end.abort();
  });

  it("drops the oldest for a subscriber that is behind, counts them, and never waits", async () => {
    const { transport, measurementPoints } = current();
    const points = 100;
    const batches = Math.ceil((measurementPoints * 3) / points);
    const subscription = transport.measurements.subscribe({ signal: AbortSignal.timeout(20_000) });
    for (let pack = 0; pack < batches; pack++)
      transport.measurements.publish(
        batchOf(
          pack,
          Array.from({ length: points }, (_, i) => i),
        ),
      );
    const kept = batches - transport.measurements.dropped() / points;
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(batches);
    const read = await take(subscription, kept);
    expect(read.map(({ pack }) => pack)).toEqual(Array.from({ length: kept }, (_, i) => batches - kept + i));
  });

  it("ends a subscription when its signal aborts", async () => {
    const { transport, connect } = current();
    const lane = await connect("lane");
    for (const end of [transport, lane.transport]) {
      const stop = new AbortController();
      const reading = take(end.measurements.subscribe({ signal: stop.signal }), 1);
      expect(await stillWaits(reading, 20)).toBe(true);
      stop.abort();
      expect(await reading).toEqual([]);
    }
  });
};

const eventRules = (current: () => TransportHarness): void => {
  it("loses no event of several lanes, keeps each lane's order, and waits when too many are unread", async () => {
    const { transport, connect, unreadEvents } = current();
    const lanes = ["a", "b", "c"];
    const each = unreadEvents + 20;
    const ends = await Promise.all(lanes.map(async (lane) => connect(lane)));
    const publishing = Promise.all(
      ends.map(async (end, i) => {
        for (let pack = 0; pack < each; pack++) await end.transport.events.publish(eventOf(lanes[i]!, pack));
      }),
    );
    expect(await stillWaits(publishing, 100)).toBe(true);
    const events = await take(transport.events.subscribe({ signal: AbortSignal.timeout(30_000) }), each * lanes.length);
    await publishing;
    for (const lane of lanes) {
      const ofLane = events.filter((event) => event.lane === lane);
      expect(ofLane).toEqual(Array.from({ length: each }, (_, pack) => eventOf(lane, pack)));
    }
  });

  it("keeps an event until its subscriber asks for the next one", async () => {
    const { transport, connect } = current();
    const lane = await connect("lane");
    for (const pack of [1, 2]) await lane.transport.events.publish(eventOf("lane", pack));
    for (let attempt = 0; attempt < 2; attempt++) {
      for await (const event of transport.events.subscribe({ signal: AbortSignal.timeout(20_000) })) {
        expect(event.pack).toBe(1);
        break;
      }
    }
    const rest = await take(transport.events.subscribe({ signal: AbortSignal.timeout(20_000) }), 2);
    expect(rest.map(({ pack }) => pack)).toEqual([1, 2]);
  });

  it("ends a subscription when its signal aborts", async () => {
    const { transport } = current();
    const stop = new AbortController();
    const reading = take(transport.events.subscribe({ signal: stop.signal }), 1);
    expect(await stillWaits(reading, 20)).toBe(true);
    stop.abort();
    expect(await reading).toEqual([]);
  });

  it("keeps the events of a lane that is killed afterwards", async () => {
    const { transport, connect } = current();
    const lane = await connect("lane");
    await lane.transport.events.publish(eventOf("lane", 7));
    await lane.kill();
    const events = await take(transport.events.subscribe({ signal: AbortSignal.timeout(20_000) }), 1);
    expect(events).toEqual([eventOf("lane", 7)]);
  });
};

const controlRules = (current: () => TransportHarness): void => {
  it("shows every lane the present value and then the changes", async () => {
    const { transport, connect } = current();
    expect(transport.control.get()).toBe("run");
    const lane = await connect("lane");
    const changes = lane.transport.control.changes({ signal: AbortSignal.timeout(20_000) })[Symbol.asyncIterator]();
    expect(await changes.next()).toMatchObject({ value: "run" });
    transport.control.set("pause");
    expect(await changes.next()).toMatchObject({ value: "pause" });
    expect(lane.transport.control.get()).toBe("pause");
    const late = await connect("late");
    expect(await take(late.transport.control.changes({ signal: AbortSignal.timeout(20_000) }), 1)).toEqual(["pause"]);
  });

  it("ends the changes when their signal aborts", async () => {
    const { transport } = current();
    const stop = new AbortController();
    const reading = take(transport.control.changes({ signal: stop.signal }), 2);
    expect(await stillWaits(reading, 20)).toBe(true);
    stop.abort();
    expect(await reading).toEqual(["run"]);
  });

  it("shows a slow reader the newest value only", async () => {
    const { transport } = current();
    const changes = transport.control.changes({ signal: AbortSignal.timeout(20_000) })[Symbol.asyncIterator]();
    expect(await changes.next()).toMatchObject({ value: "run" });
    transport.control.set("pause");
    transport.control.set("stop");
    expect(await changes.next()).toMatchObject({ value: "stop" });
  });
};

const closeRules = (current: () => TransportHarness): void => {
  it("ends streams and rejects what waits", async () => {
    const { connect } = current();
    const { transport } = await connect("lane");
    const { signal } = new AbortController();
    const streams = [
      take(transport.measurements.subscribe({ signal }), 1),
      take(transport.events.subscribe({ signal }), 1),
      take(transport.control.changes({ signal }), 2).then((seen) => seen.slice(1)),
    ];
    const waiting = transport.lease("lane", { signal }).catch((error: unknown) => error);
    await sleep(20);
    await transport.close();
    expect(await Promise.all(streams)).toEqual([[], [], []]);
    expect(await waiting).toMatchObject({ name: "TransportError" });
    await expect(transport.lease("lane", { signal })).rejects.toMatchObject({ name: "TransportError" });
  });

  it("gives back the packs of a lane that closes its end, at the latest when the lease expires", async () => {
    const { transport, connect } = current();
    const [leaver, next] = await Promise.all([connect("leaver"), connect("next")]);
    await transport.publish(packOf(1));
    await leaseNow(leaver.transport);
    if (leaver.transport !== transport) await leaver.transport.close();
    expect((await leaseNow(next.transport)).delivery).toBe(2);
  });
};
