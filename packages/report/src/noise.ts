import type { Expansion } from "@allot/expansion";
import { mean } from "@allot/stats";
import { replicateDifferences } from "./comparison.ts";
import { plain, plural, scaleOf, suffixOf } from "./format.ts";
import type { BlockSelection } from "./selection.ts";
import type { ArmSummary, NoiseFloor } from "./summary.ts";
import type { Tally } from "./tally.ts";

/** What the floors are read from: the copy's selection is that of arm number `expansion.arms`. */
export interface NoiseContext {
  readonly expansion: Expansion;
  readonly tally: Tally;
  readonly selections: ReadonlyMap<number, readonly BlockSelection[]>;
}

/** The noise floor of each metric; none where the baseline is trained once. The copy chooses its tuned values by itself, as any arm does. */
export function floorsOf(metrics: readonly string[], { expansion, tally, selections }: NoiseContext): Record<string, NoiseFloor> {
  const { arms, copied } = expansion;
  if (copied === undefined) return {};
  const floorOf = (metric: string): NoiseFloor => {
    const differences = replicateDifferences(selections.get(arms)!, selections.get(copied)!, (trial) => tally.value(metric, trial));
    const sizes = differences.filter(Number.isFinite).map(Math.abs);
    const missing = differences.length - sizes.length;
    if (sizes.length === 0) return { pairs: 0, missing, largest: null, mean: null };
    return { pairs: sizes.length, missing, largest: sizes.reduce((a, b) => Math.max(a, b)), mean: mean(sizes) };
  };
  return Object.fromEntries(metrics.map((metric) => [metric, floorOf(metric)]));
}

/** A difference in the unit it is written in, however small: `0.04 points`, `1.20×10⁻⁷`. */
export function distance(metric: string, size: number): string {
  return `${plain(scaleOf(metric) * size)}${suffixOf(metric, true)}`;
}

/** What noise sentences are made of. */
export interface Heard {
  readonly arms: readonly ArmSummary[];
  /** The arm that was trained twice. */
  readonly copied: number;
  readonly floors: Readonly<Record<string, NoiseFloor>>;
  readonly headline: string;
}

/** The A/A check in words: how far the baseline is from itself, and which arms are no further from it. */
export function noiseSentence({ arms, copied, floors, headline }: Heard): string {
  const { label } = arms[copied]!;
  const floor = floors[headline];
  if (floor === undefined || floor.largest === null || floor.mean === null) {
    return `The noise floor of ${headline} is not known: no replicate of ${label} has a value in both of its trainings.`;
  }
  const gaps = floor.missing > 0 ? ` ${plural(floor.missing, "replicate")} could not be paired.` : "";
  const twice = `${label}, trained twice on the same ${plural(floor.pairs, "seed")},`;
  if (floor.largest === 0) {
    const everywhere = Object.values(floors).every(({ largest }) => largest === 0);
    return `The noise floor is 0: ${twice} came out equal bit for bit in ${everywhere ? "every metric" : headline}.${gaps}`;
  }
  const [largest, average] = [floor.largest, floor.mean].map((size) => distance(headline, size));
  return `The noise floor of ${headline} is ${largest}: ${twice} differs from itself by up to that, by ${average} on average.${gaps}${within(arms, headline)}`;
}

function within(arms: readonly ArmSummary[], headline: string): string {
  const compared = arms.flatMap(({ label, comparisons }) => (comparisons[headline] ? [{ label, inside: comparisons[headline].withinNoise }] : []));
  if (compared.length === 0) return "";
  const inside = compared.filter((arm) => arm.inside);
  if (inside.length === 0) return " Every arm's mean difference is larger.";
  return ` No larger is the mean difference of ${inside.length} of ${plural(compared.length, "arm")}.`;
}
