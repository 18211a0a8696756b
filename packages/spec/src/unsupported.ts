import { checkStudyInput } from "./check-study.ts";
import type { Issue } from "./issue.ts";
import type { Path } from "./semantics/axes.ts";
import { axesOf, wrong } from "./semantics/axes.ts";
import { choicesOf, firstValid, valuePlace } from "./semantics/studies.ts";
import { stageSweep } from "./stages.ts";
import type { Study } from "./study/study.ts";
import type { Sweep, SweepSpec } from "./sweep/sweep.ts";

/**
 * What the sweep asks for and this version does not execute: parsed and checked, so that nothing has
 * to be renamed later, and refused here instead of being passed over in silence.
 */
export function unsupported(sweep: Sweep): Issue[] {
  return [...sweepFields(sweep.spec), ...baseStudy(sweep.spec), ...values(sweep.spec), ...settings(sweep)].map(({ path, what, value }) =>
    wrong(path, `${what}: not supported yet`, value),
  );
}

interface Finding {
  readonly path: Path;
  readonly what: string;
  readonly value: unknown;
}

const designs: readonly SweepSpec["design"][] = ["full", "oneFactorAtATime"];

function at(asked: boolean, place: string, value: unknown, what = place): Finding[] {
  return asked ? [{ path: ["spec", ...place.split(".")], what, value }] : [];
}

function sweepFields(spec: SweepSpec): Finding[] {
  const { artifacts, budget, trainer, stopping, design } = spec;
  return [
    ...at(!designs.includes(design), "design", design, `design ${design}`),
    ...at(spec.stages.length > 0 && trainer.command !== undefined, "stages", spec.stages, "stages of trainer.command"),
    ...at(stopping.rule !== "none", "stopping.rule", stopping.rule, `stopping rule ${stopping.rule}`),
    ...at(Object.keys(spec.upstream).length > 0, "upstream", spec.upstream),
    ...at(budget.gpuHours !== undefined, "budget.gpuHours", budget.gpuHours),
    ...at(budget.wallClock !== undefined, "budget.wallClock", budget.wallClock),
    ...at(artifacts.weights === "promoted", "artifacts.weights", artifacts.weights, "artifacts.weights promoted"),
    ...at(artifacts.weights !== "none" && trainer.command !== undefined, "artifacts.weights", artifacts.weights, "artifacts.weights of trainer.command"),
    ...at(artifacts.checkpoints !== "none", "artifacts.checkpoints", artifacts.checkpoints),
    ...executionFields(spec),
  ];
}

function executionFields({ execution: { retries } }: SweepSpec): Finding[] {
  return [
    ...at(retries.outOfMemory !== "shrinkPack", "execution.retries.outOfMemory", retries.outOfMemory),
    ...at(retries.diverged !== "never", "execution.retries.diverged", retries.diverged),
  ];
}

/** The fields of the base study that can't be trained; a parameter may replace them in every trial, which is rare and can be written in the base. */
function baseStudy({ trainer }: SweepSpec): Finding[] {
  if (!trainer.study) return [];
  const checked = checkStudyInput(trainer.study);
  return "study" in checked ? studyFields(checked.study).map((finding) => ({ ...finding, path: ["spec", "trainer", "study", ...finding.path] })) : [];
}

/** What a stage sets that the base study does not have. */
function settings(sweep: Sweep): Finding[] {
  const already = new Set(baseStudy(sweep.spec).map(({ what }) => what));
  return sweep.spec.stages.flatMap(({ set }, index) =>
    baseStudy(stageSweep(sweep, index).spec)
      .filter(({ what }) => !already.has(what))
      .map(({ what }) => ({ path: ["spec", "stages", index, "set"], what, value: set })),
  );
}

/** What a value brings in that the base study does not have. */
function values(spec: SweepSpec): Finding[] {
  const { study } = spec.trainer;
  if (!study) return [];
  const already = new Set(baseStudy(spec).map(({ what }) => what));
  const axes = axesOf(spec);
  return axes.flatMap((axis) =>
    choicesOf(axis).flatMap((choice) => {
      const outcome = firstValid(study, axes, choice);
      const [member] = axis.members;
      if ("issues" in outcome) return [];
      return studyFields(outcome.study)
        .filter(({ what }) => !already.has(what))
        .map(({ what, value }) => ({ path: valuePlace(member, choice.position), what, value }));
    }),
  );
}

const executed = {
  data: ["mnist", "fashionMnist", "linearRnnTeacher", "feedForwardTeacher", "lowRankMatrix", "orthogonalClasses", "copyPaste", "parity", "characters", "sleep"],
  optimizer: ["gd", "momentum", "adam", "adamw", "rmsprop", "leastSquares", "levenbergMarquardt", "none"],
  initialiser: ["he", "xavier", "gauss", "zeros", "ones", "orthogonal", "normMatchedNormal", "normMatchedUniform", "explicit"],
  task: ["crossEntropy", "meanSquaredError", "maskedMeanSquaredError", "markovNmse"],
};

/** What of one study this version's trainer does not execute, a sentence each: "data.kind series: not supported yet". */
export function unsupportedStudy(study: Study): string[] {
  return studyFields(study).map(({ what }) => `${what}: not supported yet`);
}

function studyFields(study: Study): Finding[] {
  return [...choices(study), ...initialisers(study)];
}

function choices(study: Study): Finding[] {
  const asked: [string, string | undefined, readonly string[]][] = [
    ["data.kind", study.data.kind, executed.data],
    ["optimizer.kind", study.optimizer?.kind, executed.optimizer],
    ["objective.task", study.objective.task, executed.task],
  ];
  return asked.flatMap(([path, value, known]) =>
    value === undefined || known.includes(value) ? [] : [{ path: path.split("."), what: `${path} ${value}`, value }],
  );
}

function initialisers({ initialiser }: Study): Finding[] {
  return Object.entries(initialiser).flatMap(([key, { kind }]) =>
    executed.initialiser.includes(kind) ? [] : [{ path: ["initialiser", key, "kind"], what: `initialiser ${kind}`, value: kind }],
  );
}
