import type { Probe as ProbeRule, Study } from "@allot/spec";
import type { Term } from "../guidance/terms.ts";
import type { Problem } from "../problems/problem.ts";
import { alignment } from "./alignment.ts";
import { cosineToExplicit } from "./cosine-to-explicit.ts";
import { equations } from "./equations.ts";
import { jacobian } from "./jacobian.ts";
import { predictions } from "./predictions.ts";
import type { Probe } from "./probe.ts";
import { trajectory } from "./trajectory.ts";

const probeOf = (rule: ProbeRule, problem: Problem, terms: readonly Term[]): Probe => {
  const { examples } = problem;
  if (rule.kind === "alignment") return alignment(rule, problem, terms);
  if (rule.kind === "cosineToExplicit") return cosineToExplicit(rule, examples);
  if (rule.kind === "calibration" || rule.kind === "worstClass") return predictions(rule, examples);
  if (rule.kind === "jacobian") return jacobian;
  return rule.kind === "equations" ? equations : trajectory(rule);
};

/** The study's probes, in order. Throws StudyError where one does not fit the model or the data. */
export const probesOf = (study: Study, problem: Problem, terms: readonly Term[]): Probe[] => study.probes.map((rule) => probeOf(rule, problem, terms));

/** The name of a probe's own program. */
export const probeProgram = (index: number): string => `probe.${index}`;
