import type { Store } from "@allot/store";
import { SegmentError } from "./errors.ts";
import { encodeMeasurements, measurementsKey } from "./measurements.ts";
import type { Outcome, Segment } from "./outcome.ts";
import { encodeSegment, isReservedMetric, segmentKey } from "./segment.ts";

const checkNames = (outcome: Outcome): void => {
  for (const name of Object.keys(outcome.metrics)) {
    if (isReservedMetric(name)) {
      throw new SegmentError(`trial ${outcome.trial}: a metric can't be named "${name}": segments have a column of that name; rename the metric`);
    }
  }
};

const checkOutcomes = ({ name, first, last, outcomes }: Segment): void => {
  const seen = new Set<number>();
  for (const outcome of outcomes) {
    const { trial, state, failure } = outcome;
    if (trial < first || trial > last) throw new SegmentError(`pack ${name} has trials ${first} to ${last}, and an outcome for trial ${trial}`);
    if (seen.has(trial)) throw new SegmentError(`pack ${name} has two outcomes for trial ${trial}`);
    if ((state === "Failed") !== (failure !== undefined)) {
      throw new SegmentError(`trial ${trial} is ${state} with failure class ${failure ?? "none"}: a failed trial has one, and no other`);
    }
    seen.add(trial);
    checkNames(outcome);
  }
  if (seen.size !== last - first + 1) throw new SegmentError(`pack ${name} has ${seen.size} outcomes for trials ${first} to ${last}`);
};

const checkMeasurements = ({ name, first, last, measurements }: Segment): void => {
  const { trial, metric, step, value } = measurements;
  if (![metric, step, value].every((column) => column.length === trial.length))
    throw new SegmentError(`pack ${name} has measurement columns of different lengths`);
  for (const index of trial) {
    if (index < first || index > last) throw new SegmentError(`pack ${name} has trials ${first} to ${last}, and a measurement of trial ${index}`);
  }
};

/**
 * Makes a finished pack the record, unless another attempt was first. The measurements are written before the
 * segment that names them, so a sealed pack is always whole. `lost` means that the pack has a seal already, and
 * that this result is to be thrown away.
 * @param store the sweep's store.
 * @throws SegmentError when the segment is not complete; nothing is written then.
 */
export const seal = async (store: Store, segment: Segment, { signal }: { signal: AbortSignal }): Promise<"sealed" | "lost"> => {
  checkOutcomes(segment);
  checkMeasurements(segment);
  const { bytes, digest } = encodeMeasurements(segment.measurements);
  await store.put(measurementsKey(digest), bytes, { signal });
  const result = await store.create(segmentKey(segment.name), encodeSegment(segment, { measurements: digest }), { signal });
  return result === "created" ? "sealed" : "lost";
};
