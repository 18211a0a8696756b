import { list } from "../schema/describe.ts";
import { didYouMean } from "../schema/nearest.ts";
import { probeMetrics } from "../study/probes.ts";
import type { SweepSpec } from "../sweep/sweep.ts";

const splits = ["train", "validation", "test"];
const measured = ["loss", "accuracy", "nmse"];
/** What the study trainer reports of every trial. */
const trained = [
  ...splits.flatMap((split) => measured.map((metric) => `${split}.${metric}`)),
  "match",
  "learnableParameters",
  "totalParameters",
  "fixedUnchanged",
];
/** The metrics of a study that are 1 or 0. */
const yesOrNo = ["match", "fixedUnchanged"];
/**
 * What a trial costs, beside what it reaches; the last word is the unit. FLOPs and bytes are facts of its programs, seconds are measured and
 * differ from run to run: of inference the median of one example and of 256, and their 95th percentiles.
 */
const costs = [
  "training.seconds",
  "training.flops",
  "training.memory",
  "inference.seconds",
  "inference.p95.seconds",
  "inference.batch256.seconds",
  "inference.batch256.p95.seconds",
  "inference.flops",
  "inference.memory",
  "inference.batch256.memory",
  "storedBytes",
  "seeded.storedBytes",
  "cost",
];

const wellFormed = /^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*$/;

/** Why a text can't be the name of any metric; undefined when it can. */
export function metricNameFault(name: string): string | undefined {
  return wellFormed.test(name) ? undefined : `"${name}" is not a metric's name: letters, digits and _, with dots between parts, such as validation.accuracy`;
}

/** The no-op trial and commands bring metrics of their own. */
function namesItsOwn({ trainer: { study } }: SweepSpec): boolean {
  return !study || study.data.kind === "sleep";
}

/** Why no share of replicates can be taken of a metric that exists; undefined when it can. What probes give may be yes or no. */
export function rateFault(spec: SweepSpec, name: string): string | undefined {
  const sizes = [...trained, ...costs].filter((one) => !yesOrNo.includes(one));
  if (namesItsOwn(spec) || !sizes.includes(name)) return undefined;
  return `rate is the share of replicates where a metric is 1, such as ${list(yesOrNo)}, and ${name} is neither 0 nor 1: use mean or median`;
}

/** Why a metric's name can't be one; undefined when it can. */
export function metricFault(spec: SweepSpec, name: string): string | undefined {
  const malformed = metricNameFault(name);
  if (malformed !== undefined) return malformed;
  if (namesItsOwn(spec)) return undefined;
  const known = [...trained, ...(spec.trainer.study?.probes ?? []).flatMap(probeMetrics), ...costs];
  return known.some((one) => one === name || (one.endsWith(".*") && name.startsWith(one.slice(0, -1))))
    ? undefined
    : `a study has no metric "${name}"${hint(name, known)}; it has ${list(known)}`;
}

function hint(name: string, known: readonly string[]): string {
  const [split = "", metric] = name.split(".");
  const whole = { val: "validation", valid: "validation", dev: "validation", eval: "validation", training: "train" }[split];
  if (whole !== undefined && known.includes(`${whole}.${metric}`)) return ` (did you mean "${whole}.${metric}"?)`;
  return known.includes(`validation.${name}`) ? ` (did you mean "validation.${name}"?)` : didYouMean(name, known);
}
