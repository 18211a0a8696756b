import { ALPHA } from "./comparison.ts";
import { plural } from "./format.ts";
import type { ClaimVerdict, Summary } from "./summary.ts";

const pairing: Readonly<Record<Summary["trainer"], string>> = {
  study: "every arm draws its initial weights, data order and masks from the same keys (but for a stream that a parameter sets)",
  command: "the program got the same seed in every arm",
};

/** How the numbers were made: fixed sentences, only those that apply. */
export function methodOf(summary: Summary): string[] {
  return [...comparisonMethod(summary), ...claimMethod(summary.claims)];
}

function comparisonMethod({ reach, arms, blocked, headline, trainer, noise, tuned, screenings }: Summary): string[] {
  const lines = [
    `Values are mean ± sample standard deviation (n − 1) over replicates. A replicate is one seed: ${pairing[trainer]}, so arms are compared pair by pair.`,
  ];
  if (noise !== null) {
    const chosen = tuned.length > 0 ? ", with tuned values that it chose by itself" : "";
    lines.push(
      `The noise floor of a metric is the largest distance on one replicate between ${arms[noise.arm]!.label} and a second training of it on the same seeds${chosen}. The second is really trained, never taken from earlier results, and enters no comparison. A mean difference that is no larger is called within noise: training the same again can show as much on one replicate. Its test stands, as it goes by how the differences spread.`,
    );
  }
  if (screenings.length > 0) {
    lines.push(
      "Which arms went on to the next stage was decided once, by the mean of the objective over the replicates that finished, and sealed with the means (stages/ in the store); the control of an arm goes on with it. Replicates have the same seeds in every stage. The interval of Kendall's τ-b is the percentile bootstrap over replicates, 2,000 draws of the same replicates in both stages; with few arms it takes few values, and it does not allow for the arms having been chosen in the first of the two.",
    );
  }
  if (reach.comparisons === 0) return lines;
  const compared = arms.flatMap(({ comparisons }) => comparisons[headline] ?? []);
  lines.push(
    "Differences are arm minus control on the same replicate. Their 95 % interval is Student's t; it holds for one comparison at a time and assumes normal differences.",
  );
  const drawn = compared.filter(({ exact }) => !exact);
  lines.push(
    drawn.length === 0
      ? "The exact p is the two-sided sign-flip test of the paired differences: every arrangement of signs is counted, and nothing is assumed but their symmetry. The t-test p stands beside it for comparison."
      : `The exact p is the two-sided sign-flip test of the paired differences. In ${drawn.length} of ${compared.length} comparisons arrangements were drawn at random (standard error of p at most ${Math.max(...drawn.map(({ standardError }) => standardError)).toFixed(4)}). The t-test p stands beside it for comparison.`,
  );
  lines.push(
    `The corrected p is the exact p after Holm's correction for the sweep's ${plural(reach.comparisons, "comparison")} of a metric. An arm is called better or worse only where it is at most ${ALPHA}; else it is undecided, which is not the same as equal.`,
  );
  if (compared.some(({ bootstrap }) => bootstrap !== null)) {
    lines.push(
      "The BCa interval resamples the differences 2,000 times with draws that depend on the sweep's, the arm's and the metric's name only; with few replicates it is too short.",
    );
  }
  lines.push("dz is the mean difference in standard deviations of the differences (Cohen).");
  if (blocked.length > 0) lines.push(`Blocked parameters (${blocked.join(", ")}): arms are compared within equal values, then averaged over them.`);
  return lines;
}

const intervals: Readonly<Record<Exclude<ClaimVerdict["reduce"], "every">, string>> = {
  mean: "of a mean Student's t (of two arms on the differences by replicate, or Welch's where they are not paired)",
  median: "of a median the percentiles of 2,000 bootstrap resamples of the replicates, with draws that depend on the sweep's and the claim's name only",
  rate: "of a rate Wilson's score interval, of two Newcombe's combination of both",
};

function claimMethod(claims: readonly ClaimVerdict[]): string[] {
  if (claims.length === 0) return [];
  const used = (["mean", "median", "rate"] as const).filter((name) => claims.some(({ reduce }) => reduce === name));
  const interval = used.length === 0 ? "" : ` The interval is, at 95 % and for one claim at a time, ${used.map((name) => intervals[name]).join("; ")}.`;
  return [
    `A claim passes where the interval of what it is about lies wholly on the claimed side, fails where it lies wholly on the other, and is undecided else.${interval} A claim of every replicate has no interval: it fails with the first that does not hold.`,
  ];
}
