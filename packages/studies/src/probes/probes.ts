import type { Probe as ProbeRule, Study } from "@allot/spec";
import type { Term } from "../guidance/terms.ts";
import type { Problem } from "../problems/problem.ts";
import { alignment } from "./alignment.ts";
import { checkProbes } from "./check.ts";
import { collapse } from "./collapse.ts";
import { cosineToExplicit } from "./cosine-to-explicit.ts";
import { equations } from "./equations.ts";
import { jacobian } from "./jacobian.ts";
import { parsimony } from "./parsimony.ts";
import { predictions } from "./predictions.ts";
import type { Probe } from "./probe.ts";
import { endToEnd, spectra } from "./spectra.ts";
import { trajectory } from "./trajectory.ts";

const probeOf = (rule: ProbeRule, problem: Problem, terms: readonly Term[]): Probe => {
  if (rule.kind === "alignment") return alignment(rule, problem, terms);
  if ("metric" in rule) return trajectory(rule);
  if (rule.kind === "cosineToExplicit") return cosineToExplicit(rule, problem.examples);
  if (rule.kind === "calibration" || rule.kind === "worstClass") return predictions(rule, problem.examples);
  if (rule.kind === "jacobian") return jacobian;
  if (rule.kind === "equations") return equations;
  if (rule.kind === "collapse") return collapse(problem);
  if (rule.kind === "singularValues") return spectra(rule, problem);
  if (rule.kind === "endToEnd") return endToEnd(rule, problem);
  return parsimony(rule, problem);
};

/** The study's probes, in order. Throws StudyError as `checkProbes`. */
export const probesOf = (study: Study, problem: Problem, terms: readonly Term[]): Probe[] => {
  checkProbes(study, problem.model);
  return study.probes.map((rule) => probeOf(rule, problem, terms));
};

/** The name of a probe's own program. */
export const probeProgram = (index: number): string => `probe.${index}`;
