import type { Tensor, Tracer } from "@allot/tensor";

/** Mean of (outputs − targets)², and NMSE = ‖outputs − targets‖² / ‖targets‖² (studies.md 0); both [rows, outputs]. */
export const meanSquaredError = (t: Tracer, outputs: Tensor, targets: Tensor): { loss: Tensor; nmse: Tensor } => {
  const squares = t.square(t.sub(outputs, targets));
  return { loss: t.mean(squares), nmse: t.div(t.sum(squares), t.sum(t.square(targets))) };
};
