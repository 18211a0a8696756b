import { canonicalJson, type Stream, Study, type Sweep, type SweepSpec, setPath, sha256 } from "@allot/spec";
import type { Axis } from "./axes.ts";

/** What decides the streams of a trial; never the arm, so that comparisons pair. */
export interface Replicated {
  readonly seed: number;
  readonly replicate: number;
  readonly over: SweepSpec["replicates"]["over"];
  /** Streams pinned to a seed of their own (`trainer.study.seeds`). */
  readonly seeds: Study["seeds"];
}

/**
 * The root of every named stream: the first 16 hex digits of sha256 over the canonical JSON of [seed, replicate, stream].
 * A pinned stream takes its own seed and replicate 0; with `over: s`, every stream but s takes replicate 0.
 */
export function streamsFor({ seed, replicate, over, seeds }: Replicated): Record<Stream, string> {
  const root = (stream: Stream) => {
    const pinned = seeds[stream];
    if (pinned !== undefined) return [pinned, 0, stream];
    return [seed, over === "all" || over === stream ? replicate : 0, stream];
  };
  const key = (stream: Stream) => sha256(canonicalJson(root(stream))).slice(0, 16);
  return { data: key("data"), teacher: key("teacher"), fixed: key("fixed"), mask: key("mask"), init: key("init"), guide: key("guide"), order: key("order") };
}

/** The one seed that a program gets: the upper 31 bits of the root of `init`, which every language's generator takes. */
export function programSeed({ init }: Readonly<Record<Stream, string>>): number {
  return Number.parseInt(init.slice(0, 8), 16) >>> 1;
}

/** The streams of a replicate under the digits of a trial. */
export type RootStreams = (replicate: number, digits: ArrayLike<number>) => Readonly<Record<Stream, string>>;

/** Streams are the same for all arms, so the last few thousand are kept instead of hashed a million times. */
const kept = 4096;

/** Streams by replicate, and by the values of parameters that pin a stream (`seeds.fixed`). */
export function rootStreams(sweep: Sweep, axes: readonly Axis[]): RootStreams {
  const { seed, over } = sweep.spec.replicates;
  const { study } = sweep.spec.trainer;
  // A program's parameters are named freely; none of them is a stream.
  const pins = (study ? axes : []).flatMap(({ index, size, levels }) =>
    levels.flatMap((level) => level.paths.flatMap((path) => (path === "seeds" || path.startsWith("seeds.") ? [{ index, size, level, path }] : []))),
  );
  const seeds = study?.seeds ?? {};
  const seedsAt = (digits: ArrayLike<number>): Study["seeds"] => {
    let pinned: object = { seeds };
    for (const { index, size, level, path } of pins) if (digits[index]! < size) pinned = setPath(pinned, path, level.values[digits[index]!]);
    return Study.shape.seeds.parse("seeds" in pinned ? pinned.seeds : undefined);
  };
  const memory = new Map<number | string, Readonly<Record<Stream, string>>>();
  return (replicate, digits) => {
    const key = pins.length === 0 ? replicate : `${replicate}:${pins.map(({ index }) => digits[index]).join()}`;
    const found = memory.get(key);
    if (found) return found;
    const made = Object.freeze(streamsFor({ seed, replicate, over, seeds: seedsAt(digits) }));
    if (memory.size >= kept) memory.clear();
    memory.set(key, made);
    return made;
  };
}
