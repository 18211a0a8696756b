import { memoryStore } from "@allot/store";
import { describe, expect, it } from "vitest";
import type { Difference, Outcome, Segment } from "./index.ts";
import { diffOutcomes, openLedger, seal } from "./index.ts";
import { nameOf, segmentOf } from "./testing/samples.ts";

const { signal } = new AbortController();
const trials = 12;

const ledgerOf = async (segments: readonly Segment[]) => {
  const store = memoryStore();
  for (const segment of segments) await seal(store, segment, { signal });
  return openLedger(store, { trials, signal });
};

const diff = async (a: readonly Segment[], b: readonly Segment[]): Promise<Difference[]> => {
  const differences: Difference[] = [];
  for await (const difference of diffOutcomes(await ledgerOf(a), await ledgerOf(b), { signal })) differences.push(difference);
  return differences;
};

/** Twelve trials in packs of one size. */
const run = (size: number): Segment[] => Array.from({ length: trials / size }, (_, pack) => segmentOf(pack, size));

/** The run with one outcome replaced. */
const withOutcome = (trial: number, change: (outcome: Outcome) => Outcome): Segment[] =>
  run(4).map((segment) => ({ ...segment, outcomes: segment.outcomes.map((outcome) => (outcome.trial === trial ? change(outcome) : outcome)) }));

describe("two ledgers", () => {
  const { labels, replicate } = segmentOf(1).outcomes[1]!;
  const at = { labels, replicate };

  const equal: Record<string, Segment[]> = {
    "they hold the same": run(4),
    "their packs differ": run(3),
    "their measured values, hosts, attempts and sources differ": run(4).map((segment) => ({
      ...segment,
      attempt: { lane: "elsewhere", delivery: 9 },
      provenance: { ...segment.provenance, host: {} },
      outcomes: segment.outcomes.map((outcome) => ({ ...outcome, measured: { "training.seconds": 99 }, reused: "other-22222222/p000000" })),
    })),
    "their trials are numbered the other way round": run(4).map((segment, pack) => ({
      ...segment,
      pack: 2 - pack,
      name: nameOf(2 - pack),
      first: 8 - 4 * pack,
      last: 11 - 4 * pack,
      outcomes: segment.outcomes.map((outcome) => ({ ...outcome, trial: trials - 1 - outcome.trial, arm: 99 })),
      measurements: { ...segment.measurements, trial: segment.measurements.trial.map((trial) => trials - 1 - trial) },
    })),
  };
  for (const [sentence, other] of Object.entries(equal)) {
    it(`are equal when ${sentence}`, async () => {
      expect(await diff(run(4), other)).toEqual([]);
    });
  }

  const different: Record<string, [Segment[], Difference[]]> = {
    "a metric differs in its last bit": [
      withOutcome(5, (outcome) => ({ ...outcome, metrics: { ...outcome.metrics, learnableParameters: 515 + 2 ** -43 } })),
      [{ ...at, column: "learnableParameters", a: 515, b: 515 + 2 ** -43 }],
    ],
    "a metric is missing": [
      withOutcome(5, ({ metrics: { learnableParameters: _dropped, ...metrics }, ...outcome }) => ({ ...outcome, metrics })),
      [{ ...at, column: "learnableParameters", a: 515, b: undefined }],
    ],
    "zero has another sign": [
      withOutcome(0, (outcome) => ({ ...outcome, metrics: { ...outcome.metrics, "train.loss": -0 } })),
      [{ labels: segmentOf(0).outcomes[0]!.labels, replicate: 0, column: "train.loss", a: 0, b: -0 }],
    ],
    "a trial ended in another way": [
      withOutcome(5, (outcome) => ({ ...outcome, state: "Failed", failure: "timeout" })),
      [
        { ...at, column: "state", a: "Succeeded", b: "Failed" },
        { ...at, column: "failure", a: undefined, b: "timeout" },
      ],
    ],
    "an identity differs": [
      withOutcome(5, (outcome) => ({ ...outcome, identity: "0".repeat(64) })),
      [{ ...at, column: "identity", a: segmentOf(1).outcomes[1]!.identity, b: "0".repeat(64) }],
    ],
    "a measurement differs": [
      run(4).map((segment) => ({
        ...segment,
        measurements: {
          ...segment.measurements,
          value: segment.measurements.value.map((value, i) => (segment.measurements.trial[i] === 5 && segment.measurements.step[i] === 100 ? 7 : value)),
        },
      })),
      [{ ...at, column: "validation.accuracy@100", a: 0.1, b: 7 }],
    ],
  };
  for (const [sentence, [other, differences]] of Object.entries(different)) {
    it(`differ when ${sentence}`, async () => {
      expect(await diff(run(4), other)).toStrictEqual(differences);
    });
  }

  it("are compared first with first and second with second where two trials share labels and replicate", async () => {
    const again = (change: (outcome: Outcome) => Outcome = (outcome) => outcome): Segment[] => {
      const copied = segmentOf(2);
      return [...run(4).slice(0, 2), { ...copied, outcomes: copied.outcomes.map((outcome) => change({ ...outcome, labels, replicate })) }];
    };
    expect(await diff(again(), again())).toEqual([]);
    const other = again((outcome) => (outcome.trial === 9 ? { ...outcome, engine: "wasm" } : outcome));
    expect(await diff(again(), other)).toEqual([{ ...at, column: "engine", a: "reference", b: "wasm" }]);
    expect((await diff(again(), run(4).slice(0, 2))).filter(({ column }) => column === "state")).toHaveLength(4);
  });

  it("differ by the trials that only one of them has", async () => {
    const missing = segmentOf(2).outcomes;
    const inA = await diff(run(4), run(4).slice(0, 2));
    expect(inA).toEqual(missing.map(({ labels: l, replicate: r, state }) => ({ labels: l, replicate: r, column: "state", a: state, b: undefined })));
    const inB = await diff(run(4).slice(0, 2), run(4));
    expect(inB).toEqual(missing.map(({ labels: l, replicate: r, state }) => ({ labels: l, replicate: r, column: "state", a: undefined, b: state })));
  });
});
