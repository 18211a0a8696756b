/** What an arm was judged by. */
export interface ArmEvidence {
  /** Its number in the sweep. */
  readonly arm: number;
  readonly name: string;
  /** Of the objective, at the arm's best tuned values, over the replicates that finished; null where a block of it has none. */
  readonly mean: number | null;
  /** How many values the mean is of, and how many there would be had no trial failed. */
  readonly finished: number;
  readonly of: number;
  /** Place among the arms, from 1; null without a mean. */
  readonly rank: number | null;
}

/** Which arms of a stage go on to the next one, and why: sealed once, and never changed. */
export interface Decision {
  readonly version: 1;
  readonly stage: string;
  readonly next: string;
  /** The objective. */
  readonly metric: string;
  readonly direction: "maximize" | "minimize";
  /** How many of the best arms were asked for; null for all. */
  readonly top: number | null;
  /** Numbers of the arms that go on, ascending: the best ones, and the controls they are compared with. */
  readonly kept: readonly number[];
  /** Of every arm of the stage, in the order of their numbers. */
  readonly arms: readonly ArmEvidence[];
  /** The segments this was computed from: how many, and the sha256 of their own, a line each, in order. */
  readonly seals: { readonly packs: number; readonly sha256: string };
}

/** No arm of a stage has a value to be judged by. */
export class NothingToPromote extends Error {
  override readonly name = "NothingToPromote";
}

const listed = 8;

/** A decision in a sentence: `4 of 12 arms go on from pilot to full: …`. */
export function promotedText({ stage, next, kept, arms }: Decision): string {
  const names = new Map(arms.map(({ arm, name }) => [arm, name]));
  const shown = kept.slice(0, listed).map((arm) => names.get(arm) ?? String(arm));
  const more = kept.length > listed ? `; and ${kept.length - listed} more` : "";
  return `${kept.length} of ${arms.length} arms go on from ${stage} to ${next}: ${shown.join("; ")}${more}`;
}
