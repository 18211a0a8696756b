import type { Issue } from "./issue.ts";
import { wrong } from "./semantics/axes.ts";
import type { Sweep } from "./sweep/sweep.ts";

/** What a sweep asks for that a laptop does and a cluster does not: packs are cut there by a controller that has no models. */
export function laptopOnly({ spec }: Sweep): Issue[] {
  if (spec.derive.length === 0) return [];
  const message =
    "not supported yet in a cluster, whose controller has no models to count with: use allot run, or write the numbers that allot plan prints as a zipped parameter";
  return [wrong(["spec", "derive"], message, spec.derive)];
}
