import type { Issue } from "../issue.ts";
import type { SweepSpec } from "../sweep/sweep.ts";
import { axesOf, wrong } from "./axes.ts";
import { placedPaths } from "./names.ts";

/** Fields that belong together: design and samples, a stopping rule and its numbers, replicates and pinned streams, roles and engines. */
export function designIssues(spec: SweepSpec): Issue[] {
  return [...sampleIssues(spec), ...stoppingIssues(spec), ...pinnedIssues(spec), ...engineIssues(spec)];
}

function sampleIssues({ design, samples }: SweepSpec): Issue[] {
  if (design === "random" && samples === undefined) return [wrong(["spec", "design"], "design random needs samples: how many points are drawn", design)];
  if (design !== "random" && samples !== undefined) return [wrong(["spec", "samples"], `samples is for design random, and design is ${design}`, samples)];
  return [];
}

const numbersOf = {
  none: [],
  median: ["minResource"],
  successiveHalving: ["minResource", "maxResource", "reductionFactor"],
  seedRacing: ["alpha"],
} as const satisfies Record<SweepSpec["stopping"]["rule"], readonly (keyof SweepSpec["stopping"])[]>;

function stoppingIssues({ stopping }: SweepSpec): Issue[] {
  const at = ["spec", "stopping"];
  const takes: readonly string[] = numbersOf[stopping.rule];
  const { rule, ...numbers } = stopping;
  const extra = Object.entries(numbers)
    .filter(([name]) => !takes.includes(name))
    .map(([name, value]) => wrong([...at, name], `stopping rule ${rule} takes ${takes.join(", ") || "no numbers"}`, value));
  const optional = rule === "median";
  const missing = takes
    .filter((name) => !optional && !(name in numbers))
    .map((name) => wrong([...at, name], `missing: stopping rule ${rule} needs ${takes.join(", ")}`));
  return [...extra, ...missing, ...resourceIssues(stopping)];
}

function resourceIssues({ minResource, maxResource }: SweepSpec["stopping"]): Issue[] {
  if (minResource === undefined || maxResource === undefined || minResource < maxResource) return [];
  return [wrong(["spec", "stopping", "minResource"], `minResource must be below maxResource, got ${minResource} and ${maxResource}`, minResource)];
}

/** Engines agree to a tolerance only, so what is compared, averaged or chosen among runs on one. */
function engineIssues(spec: SweepSpec): Issue[] {
  if (!spec.trainer.study) return [];
  return axesOf(spec)
    .filter(({ role }) => role !== "factor")
    .flatMap(({ role, members }) => members.flatMap(placedPaths).map((placed) => ({ ...placed, role })))
    .filter(({ text }) => text === "engine" || text === "dtype")
    .map(({ text, at, role }) => wrong(at, `an arm has one ${text}, and ${text} is ${role}: give it the role factor`, text));
}

/** Replicates that vary only a stream that is pinned would be one trial many times. */
function pinnedIssues(spec: SweepSpec): Issue[] {
  const { over } = spec.replicates;
  if (over === "all" || !spec.trainer.study) return [];
  const at = ["spec", "replicates", "over"];
  const message = `replicates vary only the stream ${over}, and it is pinned by`;
  if (spec.trainer.study.seeds?.[over] !== undefined) return [wrong(at, `${message} trainer.study.seeds.${over}: remove one of the two`, over)];
  const parameter = axesOf(spec)
    .flatMap(({ members }) => members)
    .find((member) => placedPaths(member).some(({ text }) => text === `seeds.${over}`));
  return parameter ? [wrong(at, `${message} the parameter ${parameter.parameter.name}: remove one of the two`, over)] : [];
}
