import { permutation, type Session, type Tensor, type Tracer } from "@allot/tensor";
import { fillNormal } from "./workload.ts";

/** Shared data of `rows` examples in ten classes, read in batches. */
export interface Images {
  readonly rows: number;
  readonly batch: number;
  /** Shape of one example. */
  readonly shape: readonly number[];
}

/** A batch of examples with their labels and their positions in the data. */
export function batchOf(t: Tracer, { rows, batch, shape }: Images): { x: Tensor; labels: Tensor; index: Tensor } {
  const index = t.stream("batch", [batch]);
  return { index, x: t.gather(t.shared("images", [rows, ...shape]), index), labels: t.gather(t.shared("labels", [rows], "index"), index) };
}

/** Examples and labels for all trials, and a trial's order of them. */
export function fillImages(session: Session, { rows, trial }: { rows: number; trial: number }): void {
  if (trial === 0) {
    fillNormal(session, { slot: "images", trial, scale: 1 });
    session.view("labels", 0).set(permutation("be9c400000000002", rows).map((value) => value % 10));
  }
  session.view("batch", trial).set(permutation("be9c400000000003", rows));
}

/** Stream position of a step that takes one batch after the other. */
export const batchAt =
  ({ rows, batch }: Images) =>
  (step: number): number =>
    (step % Math.floor(rows / batch)) * batch;
