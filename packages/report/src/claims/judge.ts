import type { Claim } from "@allot/spec";
import { plural } from "../format.ts";
import type { ClaimVerdict } from "../summary.ts";
import { needed, type Reduced, reductions, type Sides } from "./reduce.ts";

/** Values of one arm or two by replicate, NaN where there is none; `missing` says in words why, and is empty where nothing is missing. */
export interface Evidence {
  readonly first: readonly number[];
  readonly second: readonly number[] | undefined;
  readonly missing: string;
  readonly random: () => number;
}

export type Judgement = Pick<ClaimVerdict, "verdict" | "value" | "interval" | "replicates" | "reason">;

/**
 * Decides a claim: pass where the interval lies wholly on the claimed side, fail where it lies wholly on the other, else undecided. With
 * fewer values than `minSeeds` nothing is decided, but that one replicate is enough against `every`.
 */
export function judge(claim: Claim, evidence: Evidence): Judgement {
  const sides = finite(claim, evidence);
  const replicates = Math.min(sides.first.length, sides.second?.length ?? Number.POSITIVE_INFINITY);
  const least = Math.max(1, claim.minSeeds ?? evidence.first.length);
  const reduced = replicates === 0 ? nothing : reducedOf(claim, sides, evidence.random);
  const { verdict, why = "" } = decide(claim, { reduced, replicates, least });
  const reason = [evidence.missing, why].filter((part) => part !== "").join("; ");
  const value = reduced !== undefined && Number.isFinite(reduced.value) ? reduced.value : null;
  return { verdict, value, interval: reduced?.interval ?? null, replicates, reason };
}

const nothing: Reduced = { value: Number.NaN, interval: null };

function reducedOf(claim: Claim, sides: Sides, random: () => number): Reduced | undefined {
  if (claim.reduce === "every") return worst(sides, claim);
  const yesOrNo = [...sides.first, ...(sides.second ?? [])].every((each) => each === 0 || each === 1);
  return claim.reduce === "rate" && !yesOrNo ? undefined : reductions[claim.reduce](sides, claim, random);
}

interface Deciding {
  /** Undefined where the reduction has no meaning for the values. */
  readonly reduced: Reduced | undefined;
  readonly replicates: number;
  /** Replicates it takes. */
  readonly least: number;
}

function decide(claim: Claim, { reduced, replicates, least }: Deciding): { verdict: ClaimVerdict["verdict"]; why?: string } {
  const { reduce, metric } = claim;
  if (reduced === undefined) return { verdict: "undecided", why: `a rate is of zeros and ones, and ${metric} has other values: use mean or median` };
  if (reduce === "every" && replicates > 0 && !holds(reduced.value, claim)) return { verdict: "fail" };
  if (replicates < least) return { verdict: "undecided", why: `nothing is decided below ${plural(least, "replicate")}` };
  if (reduce === "every") return { verdict: "pass" };
  if (reduced.interval === null) return { verdict: "undecided", why: `an interval of a ${reduce} needs ${plural(needed[reduce], "replicate")}` };
  return sideOf(reduced.interval, claim);
}

/** What has values: pairs where replicates are compared one by one, else each side for itself. */
function finite({ paired, reduce }: Claim, { first, second }: Evidence): Sides {
  if (second === undefined) return { first: first.filter(Number.isFinite), second };
  if (!paired && reduce !== "every") return { first: first.filter(Number.isFinite), second: second.filter(Number.isFinite) };
  const kept = first.flatMap((a, i) => (Number.isFinite(a) && Number.isFinite(second[i]) ? [i] : []));
  return { first: kept.map((i) => first[i]!), second: kept.map((i) => second[i]!) };
}

/** The replicate that is furthest to the wrong side. */
function worst({ first, second }: Sides, { factor = 1, comparator, margin }: Claim): Reduced {
  const values = first.map((a, i) => (second === undefined ? a : a - factor * second[i]!));
  const badness = (value: number): number => (comparator === "==" ? Math.abs(value - margin) : comparator.startsWith(">") ? -value : value);
  return { value: values.reduce((a, b) => (badness(b) > badness(a) ? b : a), values[0]!), interval: null };
}

function holds(value: number, { comparator, margin, tolerance = 0 }: Claim): boolean {
  if (comparator === "==") return Math.abs(value - margin) <= tolerance;
  const beyond = comparator.startsWith(">") ? value - margin : margin - value;
  return comparator.endsWith("=") ? beyond >= 0 : beyond > 0;
}

function sideOf({ low, high }: { low: number; high: number }, claim: Claim): { verdict: ClaimVerdict["verdict"]; why?: string } {
  const [lower, upper] = [holds(low, claim), holds(high, claim)];
  if (lower && upper) return { verdict: "pass" };
  const around = claim.comparator === "==" && low <= claim.margin && claim.margin <= high;
  return lower || upper || around ? { verdict: "undecided", why: "the interval lies on both sides" } : { verdict: "fail" };
}
