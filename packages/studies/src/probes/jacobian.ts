import { log } from "@allot/tensor";
import type { Probe } from "./probe.ts";
import { rankOf, singularValuesOf } from "./rank.ts";

/**
 * Rank of the outputs' derivatives in the trained scalars at the start, and log det of J Jᵀ over the directions it
 * reaches, in nats. Where the rank is below that of all weights the trained ones cannot match a generic teacher (studies.md
 * 1a): the cheapest measure of what an allocation can express.
 */
export const jacobian: Probe = {
  atStart: (start) => {
    const values = singularValuesOf(start.columns());
    const rank = rankOf(values);
    return { "jacobian.rank": rank, "jacobian.logDeterminant": values.slice(0, rank).reduce((sum, value) => sum + 2 * log(value), 0) };
  },
};
