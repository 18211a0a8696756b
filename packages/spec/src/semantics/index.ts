import type { Issue } from "../issue.ts";
import type { Sweep, SweepSpec } from "../sweep/sweep.ts";
import { baselineIssues } from "./baseline.ts";
import { claimIssues } from "./claims.ts";
import { commandIssues } from "./command.ts";
import { deriveIssues } from "./derive.ts";
import { designIssues } from "./design.ts";
import { executionIssues } from "./execution.ts";
import { levelIssues } from "./levels.ts";
import { nameIssues } from "./names.ts";
import { objectiveIssues } from "./objective.ts";
import { stageIssues } from "./stages.ts";
import { studyPathIssues } from "./studyPaths.ts";
import { studyValueIssues } from "./studyValues.ts";
import { trainerIssues } from "./trainer.ts";

type Check = (spec: SweepSpec) => Issue[];

/** Later checks rely on what earlier ones found in order, so the first group that finds fault has the word. */
const groups: readonly (readonly Check[])[] = [
  [trainerIssues, levelIssues, nameIssues],
  [studyPathIssues, commandIssues],
  [studyValueIssues, baselineIssues, objectiveIssues, designIssues, deriveIssues, stageIssues, claimIssues, executionIssues],
];

/** Everything about a well-formed sweep that needs no CEL. */
export function semanticIssues({ spec }: Sweep): Issue[] {
  for (const group of groups) {
    const issues = group.flatMap((check) => check(spec));
    if (issues.length > 0) return issues;
  }
  return [];
}
