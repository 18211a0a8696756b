import type { Issue } from "../issue.ts";
import type { Claim } from "../sweep/claim.ts";
import type { SweepSpec } from "../sweep/sweep.ts";
import type { Axis, Path } from "./axes.ts";
import { axesOf, wrong } from "./axes.ts";
import { labelIssues } from "./baseline.ts";
import { metricFault, rateFault } from "./metrics.ts";

/** Claims have names of their own, speak of metrics, factors and labels that exist, and can be decided. */
export function claimIssues(spec: SweepSpec): Issue[] {
  const axes = axesOf(spec);
  const ids = spec.claims.map(({ id }) => id);
  return spec.claims.flatMap((claim, index) => {
    const at = ["spec", "claims", index];
    const twice = ids.indexOf(claim.id) < index ? [wrong([...at, "id"], `"${claim.id}" is already the id of a claim: give each its own`, claim.id)] : [];
    const arms = claim.arms.flatMap((arm, side) => armIssues(axes, arm, [...at, "arms", side]));
    return [...twice, ...metricIssues(spec, claim, at), ...arms, ...comparisonIssues(claim, at), ...seedIssues(spec, claim, at)];
  });
}

function metricIssues(spec: SweepSpec, { metric, reduce }: Claim, at: Path): Issue[] {
  const fault = metricFault(spec, metric);
  if (fault !== undefined) return [wrong([...at, "metric"], fault, metric)];
  const share = reduce === "rate" ? rateFault(spec, metric) : undefined;
  return share === undefined ? [] : [wrong([...at, "reduce"], share, reduce)];
}

function armIssues(axes: readonly Axis[], arm: Claim["arms"][number], at: Path): Issue[] {
  const unknown = labelIssues(axes, arm, at);
  if (unknown.length > 0) return unknown;
  const reading = { tuned: "each arm takes its best value", blocked: "arms are averaged over it" };
  return axes.flatMap(({ role, members }) => {
    if (role === "factor") return [];
    const named = members.map(({ parameter }) => parameter.name).filter((name) => name in arm);
    return named.map((name) => wrong([...at, name], `${name} is ${role}, ${reading[role]}: remove it`, arm[name]));
  });
}

function comparisonIssues({ arms, factor, comparator, tolerance }: Claim, at: Path): Issue[] {
  const issues: Issue[] = [];
  if (factor !== undefined && arms.length === 1)
    issues.push(wrong([...at, "factor"], "a factor is on the second arm, and there is one arm: give two arms, or put the number into margin", factor));
  if (tolerance !== undefined && comparator !== "==")
    issues.push(wrong([...at, "tolerance"], `a tolerance goes with ==, and the comparator is ${comparator}: move margin instead`, tolerance));
  return issues;
}

function seedIssues({ replicates: { count } }: SweepSpec, { minSeeds }: Claim, at: Path): Issue[] {
  if (minSeeds === undefined || minSeeds <= count) return [];
  return [wrong([...at, "minSeeds"], `${minSeeds} replicates are asked for, and the sweep has ${count}: raise replicates.count, or lower minSeeds`, minSeeds)];
}
