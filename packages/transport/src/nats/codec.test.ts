import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { MeasurementBatch } from "../transport.ts";
import { decodeBatch, encodeBatch } from "./codec.ts";

const number = fc.double();
const batchesOf = (text: fc.Arbitrary<string>): fc.Arbitrary<MeasurementBatch> => {
  const point = fc.record({ trial: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), metric: text, step: number, value: number });
  return fc.record({ lane: text, pack: fc.nat(), points: fc.array(point, { maxLength: 200 }) }).map(({ lane, pack, points }) => ({
    lane,
    pack,
    trial: Int32Array.from(points, ({ trial }) => trial),
    metric: points.map(({ metric }) => metric),
    step: points.map(({ step }) => step),
    value: points.map(({ value }) => value),
  }));
};

const same = (a: number[], b: number[]): boolean => a.length === b.length && a.every((value, i) => Object.is(value, b[i]));

it("gives every batch back as it was, whatever its alignment in memory", () => {
  fc.assert(
    fc.property(batchesOf(fc.string()), fc.nat({ max: 7 }), (batch, offset) => {
      const [message] = encodeBatch(batch, 1 << 20);
      const moved = new Uint8Array(offset + (message?.length ?? 0)).subarray(offset);
      moved.set(message ?? []);
      const back = decodeBatch(moved);
      expect({ lane: back.lane, pack: back.pack, metric: back.metric, trial: [...back.trial] }).toEqual({
        lane: batch.lane,
        pack: batch.pack,
        metric: batch.metric,
        trial: [...batch.trial],
      });
      expect(same(back.step, batch.step) && same(back.value, batch.value)).toBe(true);
    }),
  );
});

it("splits a batch into messages below the limit, in order", () => {
  fc.assert(
    fc.property(batchesOf(fc.string({ maxLength: 8 })), fc.integer({ min: 300, max: 2000 }), (batch, limit) => {
      const messages = encodeBatch(batch, limit);
      expect(messages.every(({ length }) => length <= limit)).toBe(true);
      const parts = messages.map(decodeBatch);
      const values = parts.flatMap(({ value }) => value);
      expect(same(values, batch.value)).toBe(true);
      expect(parts.flatMap(({ metric }) => metric)).toEqual(batch.metric);
    }),
  );
});

it("leaves out a point that is larger than a message by itself", () => {
  const batch: MeasurementBatch = { lane: "lane", pack: 1, trial: [0, 1, 2], metric: ["a", "b".repeat(5000), "c"], step: [0, 1, 2], value: [0, 1, 2] };
  expect(encodeBatch(batch, 1000).flatMap((message) => decodeBatch(message).metric)).toEqual(["a", "c"]);
});
