import { canonicalJson } from "./canonical.ts";
import type { Sweep } from "./sweep/sweep.ts";

/** The part of a sweep that decides its results, in canonical JSON: how it is executed and what it may cost don't. */
export const decisiveSpec = (sweep: Sweep): string => {
  const { execution: _execution, budget: _budget, suspend: _suspend, ttlSecondsAfterFinished: _ttl, ...spec } = sweep.spec;
  return canonicalJson(spec);
};
