import type { Labels } from "@allot/spec";

/** How trials ended; `pending` are those no segment speaks of yet. */
export interface Counts {
  readonly succeeded: number;
  readonly failed: number;
  readonly pruned: number;
  readonly pending: number;
}

/** Mean and sample standard deviation (n - 1) over replicates; null where there are too few values. */
export interface Spread {
  readonly mean: number | null;
  readonly std: number | null;
  readonly replicates: number;
}

/** `same`: equal on every replicate. `undecided`: the corrected exact p is above alpha, or there is nothing to test. */
export type Verdict = "better" | "worse" | "undecided" | "same";

/** An arm against its control on the same replicates, in the metric's unit: arm minus control. */
export interface Comparison {
  readonly pairs: number;
  /** Replicates without a value on one side or both. */
  readonly missing: number;
  readonly difference: number | null;
  /** Sample standard deviation of the differences. */
  readonly std: number | null;
  /** 95 % interval of Student's t, not corrected for the number of comparisons. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  /** 95 % BCa bootstrap interval; of the headline metric only. */
  readonly bootstrap: { readonly low: number; readonly high: number } | null;
  /** Two-sided sign-flip p, and whether every arrangement was counted. */
  readonly p: number | null;
  readonly exact: boolean;
  /** Monte-Carlo standard error of p; 0 when exact. */
  readonly standardError: number;
  /** Holm's correction over the sweep's comparisons. */
  readonly correctedP: number | null;
  /** Two-sided p of the paired t test, which assumes normal differences. */
  readonly tP: number | null;
  /** Cohen's d_z; null where the differences don't vary. */
  readonly dz: number | null;
  /** The mean difference is no larger than the noise floor. */
  readonly withinNoise: boolean;
  readonly verdict: Verdict;
}

/**
 * The distances, in the metric's unit, of two trainings of the baseline on the same seeds: the largest and the mean over replicates; null
 * without any.
 */
export interface NoiseFloor {
  readonly pairs: number;
  /** Replicates without a value in one of the two, or both. */
  readonly missing: number;
  readonly largest: number | null;
  readonly mean: number | null;
}

/** What an arm took for its tuned parameters, within one combination of the blocked ones. */
export interface Choice {
  readonly block: Labels;
  readonly chosen: Labels;
  /** Combinations tried. */
  readonly tried: number;
  /** Of these, with a value in every replicate. */
  readonly complete: number;
  /** Mean of the objective at the chosen combination over all replicates: optimistic, as it was chosen for being best. */
  readonly selectionMean: number | null;
  /** Whether both halves of the replicates chose the same. */
  readonly stable: boolean;
  /** Tuned parameters whose chosen number is the first or the last of three or more. */
  readonly atEdge: readonly string[];
}

/** All that is known of an arm. */
export interface ArmSummary {
  readonly index: number;
  readonly name: string;
  /** Short name for figures and sentences. */
  readonly label: string;
  readonly labels: Labels;
  /** Index of the arm it is compared with; null for a baseline. */
  readonly control: number | null;
  readonly counts: Counts;
  readonly choices: readonly Choice[];
  /** By metric name. */
  readonly metrics: Readonly<Record<string, Spread>>;
  /** Wall times and memory, by name: they differ from run to run. */
  readonly measured: Readonly<Record<string, Spread>>;
  /** By metric name; empty for a baseline. */
  readonly comparisons: Readonly<Record<string, Comparison>>;
  /** The headline metric (arm minus control, or the value itself for a baseline) by replicate. */
  readonly byReplicate: readonly (number | null)[];
  /** What the headline comparison says, in words; empty for a baseline. */
  readonly finding: string;
}

/** One point of a learning curve: mean, sample std and quartiles over `replicates` values. */
export interface CurvePoint {
  readonly step: number;
  readonly mean: number;
  readonly std: number | null;
  /** Lower quartile, median, upper quartile. */
  readonly quartiles: readonly [number, number, number];
  readonly replicates: number;
}

/** Learning curves of one metric, one an arm, at the chosen tuned values. */
export interface CurveFigure {
  readonly metric: string;
  readonly arms: readonly { readonly arm: number; readonly points: readonly CurvePoint[] }[];
}

/** The headline metric against one tradeoff. */
export interface Frontier {
  readonly metric: string;
  readonly direction: "maximize" | "minimize";
  readonly points: readonly {
    readonly arm: number;
    readonly cost: number;
    readonly quality: number;
    readonly std: number | null;
    /** No other arm is at least as good in both and better in one. */
    readonly optimal: boolean;
  }[];
}

/** Failures of one class whose messages differ in their numbers only. */
export interface FailureGroup {
  readonly failure: string;
  /** The first trial's message. */
  readonly message: string;
  readonly trials: number;
  /** Arms and first trials, at most ten each. */
  readonly arms: readonly number[];
  readonly examples: readonly number[];
}

/** The A/A check. */
export interface Noise {
  /** The arm that was trained twice. */
  readonly arm: number;
  /** By metric name. */
  readonly floors: Readonly<Record<string, NoiseFloor>>;
  /** What it says of the headline metric. */
  readonly finding: string;
}

/** What became of a claim. */
export interface ClaimVerdict {
  readonly id: string;
  /** The claim in words. */
  readonly statement: string;
  readonly metric: string;
  readonly reduce: "mean" | "median" | "rate" | "every";
  /** Of one arm or two. */
  readonly arms: readonly number[];
  readonly verdict: "pass" | "fail" | "undecided";
  /** What is compared with the margin: `reduce(first) − factor · reduce(second)`, of `every` at the replicate nearest to failing; null of nothing. */
  readonly value: number | null;
  /** 95 % interval of the value; none of `every`. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly margin: number;
  /** How many have a value; of two arms that are not paired, the fewer. */
  readonly replicates: number;
  /** What is missing, and why nothing is decided; empty where all is said. */
  readonly reason: string;
}

/** How far two stages rank the same arms alike. */
export interface Agreement {
  /** That went on. */
  readonly arms: number;
  /** Kendall's τ-b between their means of the objective in both stages; null where one of them ranks nothing apart. */
  readonly tau: number | null;
  /** 95 % bootstrap interval over replicates. */
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** A stage before the one whose arms are compared. */
export interface Screening {
  readonly stage: string;
  readonly next: string;
  /** The objective. */
  readonly metric: string;
  readonly counts: Counts;
  /** Best first. */
  readonly arms: readonly {
    readonly label: string;
    readonly mean: number | null;
    /** Values that the mean is of, and how many there would be had no trial failed. */
    readonly finished: number;
    readonly of: number;
    readonly rank: number | null;
    /** `control`: not among the best, but what one of them is compared with. */
    readonly goesOn: "yes" | "control" | "no";
  }[];
  readonly agreement: Agreement;
  readonly finding: string;
}

/** What the comparisons can and can't show. */
export interface Reach {
  readonly comparisons: number;
  readonly alpha: number;
  /** Smallest Holm-corrected exact p with this many replicates and comparisons; null without comparisons. */
  readonly smallestP: number | null;
  readonly replicatesNeeded: number | null;
  /** Cohen's d_z found with 80 % probability; null where no effect is. */
  readonly detectable: number | null;
}

/** Where the numbers come from. */
export interface Sources {
  /** Distinct values, sorted; more than one means that segments came from different versions. */
  readonly versions: readonly string[];
  readonly lockfiles: readonly string[];
  readonly manifests: readonly string[];
  readonly engines: readonly string[];
  readonly commits: readonly string[];
  readonly data: Readonly<Record<string, readonly string[]>>;
  readonly hosts: Readonly<Record<string, readonly string[]>>;
  /** Outcomes taken from another sweep or run by identity. */
  readonly reused: number;
  readonly split: string | null;
  readonly manifestText: string | null;
}

/** Which stage of the sweep it is that the arms are compared in. */
export interface StageFacts {
  readonly name: string;
  /** Counted from 1, and how many there are. */
  readonly number: number;
  readonly of: number;
}

/** The folded sweep: plain JSON, the same bytes for the same outcomes. Everything that is rendered is in it. */
export interface Summary {
  readonly version: 1;
  readonly name: string;
  readonly trainer: "study" | "command";
  /** null where the sweep has none; else arms, trials and counts are those of this stage. */
  readonly stage: StageFacts | null;
  /** The stages before it. */
  readonly screenings: readonly Screening[];
  readonly replicates: number;
  readonly trials: number;
  readonly cells: number;
  readonly counts: Counts;
  readonly objective: { readonly metric: string; readonly direction: "maximize" | "minimize" };
  /** The metric the comparisons are told in: the objective's test counterpart where there is one. */
  readonly headline: string;
  /** Metric names in order of display; `measured` separately. */
  readonly metrics: readonly string[];
  readonly measured: readonly string[];
  readonly factors: readonly { readonly name: string; readonly short: string }[];
  readonly tuned: readonly string[];
  readonly blocked: readonly string[];
  readonly dropped: readonly { readonly rule: string; readonly count: number }[];
  readonly arms: readonly ArmSummary[];
  /** In manifest order. */
  readonly claims: readonly ClaimVerdict[];
  readonly reach: Reach;
  /** null where the baseline was trained once. */
  readonly noise: Noise | null;
  readonly curves: readonly CurveFigure[];
  readonly frontiers: readonly Frontier[];
  readonly failures: readonly FailureGroup[];
  /** What the data say, and what a reader must know to judge it. */
  readonly findings: readonly string[];
  readonly notes: readonly string[];
  readonly sources: Sources;
}
