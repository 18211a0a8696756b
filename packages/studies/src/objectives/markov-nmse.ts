import type { Tensor, Tracer } from "@allot/tensor";

/** Σ_k ‖M_k − M*_k‖² / Σ_k ‖M*_k‖²: the normalised output error over white-noise inputs (studies.md 1a); both [d, T·b]. */
export const markovNmse = (t: Tracer, markov: Tensor, target: Tensor): Tensor => t.div(t.sum(t.square(t.sub(markov, target))), t.sum(t.square(target)));
