import type { Labels } from "@allot/spec";

/** The states a trial can be in; every trial is in exactly one. */
export type TrialState = "Pending" | "Running" | EndState;

/** The states a trial ends in. */
export const endStates = ["Succeeded", "Pruned", "Failed"] as const;
export type EndState = (typeof endStates)[number];

/** Why a trial failed, in words that decide what happens next (retry, split the pack, give up). */
export const failureClasses = [
  "invalidConfig",
  "userError",
  "outOfMemory",
  "preempted",
  "infrastructure",
  "diverged",
  "timeout",
  "gpuUnused",
  "internal",
] as const;
export type FailureClass = (typeof failureClasses)[number];

/** How a trial ended, with its final values. */
export interface Outcome {
  /** Index in the sweep. */
  trial: number;
  replicate: number;
  arm: number;
  /** Content hash of what decides the result, hex. */
  identity: string;
  labels: Labels;
  /** Name of the stage it was trained in, where the sweep has any. */
  stage?: string;
  state: EndState;
  /** Present when and only when the trial failed. */
  failure?: FailureClass;
  message?: string;
  /** Final values; bit-equal between runs of the same trial. */
  metrics: Record<string, number>;
  /** Seconds, bytes, cost: what differs between runs of the same trial. */
  measured: Record<string, number>;
  engine: string;
  /** `sweep/pack` that the result was taken from instead of training. */
  reused?: string;
}

/** Points measured while trials train, column by column: row i is `metric[i]` of `trial[i]` after `step[i]` steps. */
export interface Measurements {
  trial: number[];
  metric: string[];
  step: number[];
  value: number[];
}

/** What made a segment: enough to make it again, or to see why it differs. */
export interface Provenance {
  /** Version of Allot. */
  allot: string;
  /** sha256 of the lockfile Allot was built from. */
  lockfile: string;
  /** sha256 of the manifest. */
  manifest: string;
  /** State of the folder the manifest is in, where that is a git checkout. */
  git?: { commit: string; dirty: boolean };
  /** Data file to sha256. */
  data: Record<string, string>;
  engine: { name: string; version: string; numerics: number };
  host: Record<string, string>;
}

/** A finished pack: one outcome for every trial from `first` to `last`. */
export interface Segment {
  pack: number;
  name: string;
  first: number;
  last: number;
  outcomes: Outcome[];
  measurements: Measurements;
  provenance: Provenance;
  attempt: { lane: string; delivery: number };
}

/** A segment without the points it names. */
export interface SealedSegment extends Omit<Segment, "measurements"> {
  /** Digest that the file carries of itself. */
  sha256: string;
  /** Digest, and so the key, of the measurements. */
  measurementsSha256: string;
}
