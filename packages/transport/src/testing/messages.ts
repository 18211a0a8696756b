import type { LaneEvent, MeasurementBatch, PackMessage } from "../transport.ts";

export const packOf = (pack: number, sweep = "sweep"): PackMessage => ({
  sweep,
  pack,
  name: `p${String(pack).padStart(6, "0")}`,
  first: pack * 10,
  last: pack * 10 + 9,
});

export const batchOf = (pack: number, values: number[]): MeasurementBatch => ({
  lane: "lane",
  pack,
  trial: Int32Array.from(values, (_, i) => i),
  metric: values.map(() => "train.loss"),
  step: values.map((_, i) => i),
  value: values,
});

export const eventOf = (lane: string, pack: number): LaneEvent => ({ kind: "sealed", lane, pack, delivery: 1, counts: { Succeeded: 10 } });
