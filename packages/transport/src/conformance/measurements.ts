import { expect, it } from "vitest";
import { batchOf } from "../testing/messages.ts";
import type { Current } from "./harness.ts";
import { stillWaits, take } from "./steps.ts";

export const measurementRules = (current: Current): void => {
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
