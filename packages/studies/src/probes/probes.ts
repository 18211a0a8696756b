import type { Probe as ProbeRule, Study } from "@allot/spec";
import type { Problem } from "../problems/problem.ts";
import { cosineToExplicit } from "./cosine-to-explicit.ts";
import { equations } from "./equations.ts";
import { jacobian } from "./jacobian.ts";
import { predictions } from "./predictions.ts";
import type { Probe } from "./probe.ts";
import { trajectory } from "./trajectory.ts";

const probeOf = (rule: ProbeRule, { examples }: Problem): Probe => {
  if (rule.kind === "cosineToExplicit") return cosineToExplicit(rule, examples);
  if (rule.kind === "calibration" || rule.kind === "worstClass") return predictions(rule, examples);
  if (rule.kind === "jacobian") return jacobian;
  return rule.kind === "equations" ? equations : trajectory(rule);
};

/** The study's probes, in order. Throws StudyError where one does not fit the model or the data. */
export const probesOf = (study: Study, problem: Problem): Probe[] => study.probes.map((rule) => probeOf(rule, problem));

/** The name of a probe's own program. */
export const probeProgram = (index: number): string => `probe.${index}`;
