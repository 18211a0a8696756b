import type { Issue } from "../issue.ts";
import type { SweepSpec } from "../sweep/sweep.ts";
import { wrong } from "./axes.ts";

const at = ["spec", "trainer"];

/** A sweep has one trainer. */
export function trainerIssues({ trainer }: SweepSpec): Issue[] {
  if (trainer.study && trainer.command) return [wrong(at, "has both study and command: keep one")];
  if (!trainer.study && !trainer.command) return [wrong(at, "give study (the built-in trainer) or command (any program)")];
  return [];
}
