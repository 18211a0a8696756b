import type { TaskObjective } from "@allot/spec";
import type { Tensor, Tracer } from "@allot/tensor";

export interface SquaredErrorOptions extends Pick<TaskObjective, "reduction" | "scale"> {
  /** 1 where a target is known and 0 where not, [rows, outputs]; default: all are. */
  readonly observed?: Tensor | undefined;
}

/** What counts of a matrix that is known only in part. */
export const observedOf = (t: Tracer, x: Tensor, observed: Tensor | undefined): Tensor => (observed === undefined ? x : t.mul(observed, x));

/**
 * `scale` times the mean or the sum of (outputs − targets)², and NMSE = ‖outputs − targets‖² / ‖targets‖² (studies.md 0), of what is observed; all
 * [rows, outputs]. The mean is over all entries, unknown ones count as met (studies.md 4a).
 */
export const meanSquaredError = (
  t: Tracer,
  { outputs, targets }: { outputs: Tensor; targets: Tensor },
  { reduction = "mean", scale = 1, observed }: SquaredErrorOptions,
): { loss: Tensor; nmse: Tensor } => {
  const squares = t.square(observedOf(t, t.sub(outputs, targets), observed));
  const loss = t[reduction](squares);
  return { loss: scale === 1 ? loss : t.affine(loss, scale), nmse: t.div(t.sum(squares), t.sum(t.square(observedOf(t, targets, observed)))) };
};
