import { type Expansion, expand, stageBounds } from "@allot/expansion";
import { checkSweep, decisiveSpec, type Issue, issueText, laptopOnly, ManifestError, programIssues, type Sweep, unsupported } from "@allot/spec";
import type { Trouble } from "./lanes.ts";
import type { SweepObject } from "./objects.ts";

/** More trials than this need more memory than a controller should have for one sweep. */
const mostTrials = 10_000_000;
/** Faults told at once. */
const mostIssues = 3;

/** A manifest that can be worked on, or why it can't. */
export type Judged = { readonly sweep: Sweep; readonly expansion: Expansion } | { readonly refused: Trouble };

/** The manifest in an object of the cluster: what Kubernetes adds to it is none of it. */
const manifestOf = ({ apiVersion, kind, metadata, spec }: SweepObject): unknown => ({
  apiVersion,
  kind,
  metadata: { name: metadata.name, ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }), labels: metadata.labels ?? {} },
  spec,
});

const refusal = (reason: string, issues: readonly Issue[]): { refused: Trouble } => {
  const more = issues.length > mostIssues ? `; and ${issues.length - mostIssues} more` : "";
  return { refused: { reason, message: `${issues.slice(0, mostIssues).map(issueText).join("; ")}${more}` } };
};

/**
 * Whether an object's manifest is one to work on.
 * @param last the manifest accepted before, whose results are there: what decides results may not change.
 */
export const judge = (object: SweepObject, last: Sweep | undefined): Judged => {
  const checked = checkSweep(manifestOf(object));
  if ("issues" in checked) return refusal("Invalid", checked.issues);
  const { sweep } = checked;
  const later = [...unsupported(sweep), ...laptopOnly(sweep)];
  if (later.length > 0) return refusal("NotSupported", later);
  const program = programIssues(sweep.spec, "cluster");
  if (program.length > 0) return refusal("Invalid", program);
  if (last && decisiveSpec(last) !== decisiveSpec(sweep)) {
    const message =
      "what decides a sweep's results can't change once it is accepted (only claims, artifacts, execution, budget, suspend and ttlSecondsAfterFinished can): make a new sweep of it, which takes over every trial that both have";
    return { refused: { reason: "Immutable", message } };
  }
  return expanded(sweep);
};

const expanded = (sweep: Sweep): Judged => {
  try {
    const expansion = expand(sweep);
    const most = Math.min(mostTrials, sweep.spec.budget.trials ?? Number.POSITIVE_INFINITY);
    const trials = stageBounds(expansion).reduce((sum, stage) => sum + stage.trials, expansion.trials);
    if (trials <= most) return { sweep, expansion };
    const limit = most === mostTrials ? `a cluster's sweep may have ${mostTrials}` : `budget.trials allows ${most}`;
    return {
      refused: { reason: "TooManyTrials", message: `spec.parameters come to ${trials} trials, and ${limit}: give them fewer values or replicates` },
    };
  } catch (error) {
    if (error instanceof ManifestError) return refusal("Invalid", error.issues);
    throw error;
  }
};
