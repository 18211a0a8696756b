import { canonicalJson } from "./canonical.ts";
import type { Sweep } from "./sweep/sweep.ts";

/** The part of a sweep that decides its results, in canonical JSON: how it is executed, what it may cost, what else is kept of it and what is claimed of it don't. */
export const decisiveSpec = (sweep: Sweep): string => {
  const {
    claims: _claims,
    artifacts: _artifacts,
    execution: _execution,
    budget: _budget,
    suspend: _suspend,
    ttlSecondsAfterFinished: _ttl,
    ...spec
  } = sweep.spec;
  return canonicalJson(spec);
};
