import { expand } from "@allot/expansion";
import { Sweep } from "@allot/spec";
import { memoryStore } from "@allot/store";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideStage } from "./decide.ts";
import { NothingToPromote } from "./decision.ts";
import { readStages, settleDecision } from "./store.ts";

const { signal } = new AbortController();
const seals = { packs: 1, sha256: "0".repeat(64) };

const sweepOf = (o: { arms: number; top?: number; direction?: "maximize" | "minimize"; replicates?: number; more?: object[]; baseline?: object }): Sweep =>
  Sweep.parse({
    apiVersion: "allot.dev/v1alpha1",
    kind: "Sweep",
    metadata: { name: "staged" },
    spec: {
      objective: { metric: "validation.loss", direction: o.direction ?? "minimize" },
      trainer: { study: { data: { kind: "mnist" }, model: { kind: "mlp" }, optimizer: { kind: "adam", learningRate: 0.1, steps: 4, batch: 10 } } },
      parameters: [{ name: "model.hidden", values: Array.from({ length: o.arms }, (_, arm) => ({ label: `a${arm}`, value: [arm + 1] })) }, ...(o.more ?? [])],
      baseline: o.baseline ?? { "model.hidden": "a0" },
      replicates: { count: o.replicates ?? 2 },
      stages: [
        { name: "pilot", set: { "optimizer.steps": 1 }, ...(o.top !== undefined && { keep: { top: o.top } }) },
        { name: "middle", set: { "optimizer.steps": 2 }, keep: { top: 1 } },
        { name: "full" },
      ],
    },
  });

/** A decision on values by arm and replicate. */
const decided = (sweep: Sweep, values: readonly (readonly number[])[]) => {
  const expansion = expand(sweep);
  const valueOf = (trial: number): number => values[expansion.armOf(trial)]![expansion.trialAt(trial).replicate]!;
  return decideStage(expansion, { valueOf, seals });
};

/** The arms that go on; none where nothing can. */
const keptOf = (...given: Parameters<typeof decided>): readonly number[] => {
  try {
    return decided(...given).kept;
  } catch (error) {
    if (error instanceof NothingToPromote) return [];
    throw error;
  }
};

describe("a decision", () => {
  test("keeps the best by mean and the baseline, and holds the evidence", () => {
    const { NaN: gap } = Number;
    const decision = decided(sweepOf({ arms: 5, top: 2 }), [
      [9, 9],
      [3, 5],
      [1, 2],
      [gap, 2],
      [gap, gap],
    ]);
    expect(decision).toMatchObject({ stage: "pilot", next: "middle", metric: "validation.loss", direction: "minimize", top: 2, seals });
    expect(decision.kept).toEqual([0, 2, 3]);
    expect(decision.arms.map(({ mean, finished, of, rank }) => [mean, finished, of, rank])).toEqual([
      [9, 2, 2, 4],
      [4, 2, 2, 3],
      [1.5, 2, 2, 1],
      [2, 1, 2, 2],
      [null, 0, 2, null],
    ]);
  });

  test("is the plain reading of its rule, whatever the values: ranks by mean, ties by number, the baseline along", () => {
    const value = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant(Number.NaN));
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { minLength: 2, maxLength: 7 }), fc.integer({ min: 1, max: 8 }), fc.boolean(), (values, top, maximize) => {
        const means = values.map((pair) => pair.filter((one) => !Number.isNaN(one))).map((pair) => pair.reduce((sum, one) => sum + one, 0) / pair.length);
        const order = means.flatMap((mean, arm) => (Number.isNaN(mean) ? [] : [{ mean, arm }]));
        order.sort((a, b) => (maximize ? b.mean - a.mean : a.mean - b.mean) || a.arm - b.arm);
        const sweep = sweepOf({ arms: values.length, top, direction: maximize ? "maximize" : "minimize" });
        const want = order.length === 0 ? [] : [...new Set([0, ...order.slice(0, top).map(({ arm }) => arm)])].sort((a, b) => a - b);
        expect(keptOf(sweep, values)).toEqual(want);
      }),
    );
  });

  test("keeps all arms, failed ones too, where none are asked for, and of two controls those of the arms that go on", () => {
    const gap = Number.NaN;
    const good = [1, 1];
    const bad = [gap, gap];
    expect(decided(sweepOf({ arms: 3 }), [good, bad, good]).kept).toEqual([0, 1, 2]);
    const more = [{ name: "model.activation", values: ["relu", "tanh"] }];
    const sweep = sweepOf({ arms: 2, top: 1, more });
    const expansion = expand(sweep);
    const names = Array.from({ length: expansion.arms }, (_, arm) => expansion.armAt(arm).name);
    const best = names.findIndex((name) => name.includes("a1") && name.includes("tanh"));
    const kept = decided(
      sweep,
      names.map((_, arm) => (arm === best ? [0, 0] : [1, 1])),
    ).kept.map((arm) => names[arm]);
    expect(new Set(kept)).toEqual(new Set(["model.hidden=a0, model.activation=tanh", "model.hidden=a1, model.activation=tanh"]));
  });

  test("judges an arm by its best tuned value, of those with the most replicates", () => {
    const more = [{ name: "optimizer.learningRate", role: "tuned", values: [0.1, 0.2, 0.3] }];
    const sweep = sweepOf({ arms: 2, top: 1, more });
    const expansion = expand(sweep);
    const values: Record<string, number[]> = {
      "a0 0.1": [5, 5],
      "a0 0.2": [4, 4],
      "a0 0.3": [9, 9],
      "a1 0.1": [7, 7],
      "a1 0.2": [3, 4],
      "a1 0.3": [0, Number.NaN],
    };
    const valueOf = (trial: number): number => {
      const { labels, replicate } = expansion.trialAt(trial);
      return values[`${labels["model.hidden"]} ${labels["optimizer.learningRate"]}`]![replicate]!;
    };
    const { arms } = decideStage(expansion, { valueOf, seals });
    expect(arms.map(({ mean, rank }) => [mean, rank])).toEqual([
      [4, 2],
      [3.5, 1],
    ]);
  });
});

describe("in the store", () => {
  test("a decision is sealed once: who comes second gets the first one's, and a third stage builds on the second", async () => {
    const store = memoryStore();
    const sweep = sweepOf({ arms: 4, top: 2 });
    const values = [5, 4, 3, 2].map((value) => [value, value]);
    const first = await settleDecision(store, 1, decided(sweep, values), { signal });
    const second = await settleDecision(store, 1, decided(sweep, values.toReversed()), { signal });
    expect(second).toEqual(first);
    const { expansion } = await readStages(store, sweep, { signal });
    expect(expansion.stages.map(({ name, kept }) => [name, kept])).toEqual([
      ["pilot", undefined],
      ["middle", [0, 2, 3]],
    ]);
    const next = decideStage(expansion, { valueOf: (trial) => -trial, seals });
    expect(next).toMatchObject({ stage: "middle", next: "full", kept: [0, 3] });
    await settleDecision(store, 2, next, { signal });
    const all = await readStages(store, sweep, { signal });
    expect(all.expansion.trials).toBe((4 + 3 + 2) * 2);
    expect(all.expansion.trialAt(17)).toMatchObject({ stage: "full", arm: 3, replicate: 1, labels: { "model.hidden": "a3" } });
  });

  test("a decision of another sweep is refused by its file", async () => {
    const store = memoryStore();
    const sweep = sweepOf({ arms: 2, top: 1 });
    await settleDecision(store, 1, { ...decided(sweep, [[1], [2]]), stage: "other" }, { signal });
    await expect(readStages(store, sweep, { signal })).rejects.toThrow(/stages\/1\.json: decides stage "other", not "pilot"/);
  });
});
