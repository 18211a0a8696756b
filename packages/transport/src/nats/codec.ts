import type { MeasurementBatch } from "../transport.ts";

/** What is said once per message rather than once per point. */
interface Head {
  readonly lane: string;
  readonly pack: number;
  readonly metrics: readonly string[];
}

const headerBytes = 8;
const pointBytes = 24;

/**
 * A batch as one message: points and length of the head (two uint32), then the columns value and step (float64),
 * trial (int32) and metric (uint32, a place in the head's list), then the head as JSON. All little-endian, as every
 * machine is that Node runs on.
 */
const encode = (batch: MeasurementBatch): Uint8Array => {
  const places = new Map<string, number>();
  const metric = Uint32Array.from(batch.metric, (name) => {
    const place = places.get(name) ?? places.size;
    places.set(name, place);
    return place;
  });
  const head: Head = { lane: batch.lane, pack: batch.pack, metrics: [...places.keys()] };
  const json = new TextEncoder().encode(JSON.stringify(head));
  const points = batch.value.length;
  const bytes = new Uint8Array(headerBytes + points * pointBytes + json.length);
  let at = 0;
  const put = (column: ArrayBufferView): void => {
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at += column.byteLength;
  };
  put(Uint32Array.of(points, json.length));
  put(Float64Array.from(batch.value));
  put(Float64Array.from(batch.step));
  put(Int32Array.from(batch.trial));
  put(metric);
  put(json);
  return bytes;
};

const part = ({ lane, pack, trial, metric, step, value }: MeasurementBatch, from: number, to: number): MeasurementBatch => ({
  lane,
  pack,
  trial: trial.slice(from, to),
  metric: metric.slice(from, to),
  step: step.slice(from, to),
  value: value.slice(from, to),
});

/** A batch as messages of at most `limit` bytes, in order; a single point that is larger is not among them. */
export const encodeBatch = (batch: MeasurementBatch, limit: number): Uint8Array[] => {
  const points = batch.value.length;
  const whole = points * pointBytes <= limit ? encode(batch) : undefined;
  if (whole !== undefined && whole.length <= limit) return [whole];
  if (points <= 1) return [];
  const middle = Math.ceil(points / 2);
  return [...encodeBatch(part(batch, 0, middle), limit), ...encodeBatch(part(batch, middle, points), limit)];
};

export const decodeBatch = (message: Uint8Array): MeasurementBatch => {
  // A copy, as columns want to begin at a multiple of eight.
  const { buffer } = Uint8Array.from(message);
  const [points = 0, length = 0] = new Uint32Array(buffer, 0, 2);
  const steps = headerBytes + points * 8;
  const trials = steps + points * 8;
  const metrics = trials + points * 4;
  const json = metrics + points * 4;
  const head: Head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, json, length)));
  return {
    lane: head.lane,
    pack: head.pack,
    trial: new Int32Array(buffer, trials, points),
    metric: Array.from(new Uint32Array(buffer, metrics, points), (place) => head.metrics[place] ?? ""),
    step: Array.from(new Float64Array(buffer, steps, points)),
    value: Array.from(new Float64Array(buffer, headerBytes, points)),
  };
};
