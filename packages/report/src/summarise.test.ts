import type { Trial } from "@allot/expansion";
import type { Outcome } from "@allot/ledger";
import { holm, pairedT, signFlipTest } from "@allot/stats";
import { describe, expect, test } from "vitest";
import { summarise } from "./summarise.ts";
import type { Summary } from "./summary.ts";
import { armsTable } from "./table.ts";
import { halfLayers } from "./testing/half-layers.ts";
import { type Ending, expansionOf, outcomesOf, provenance, wobble } from "./testing/synthetic.ts";

/** A sweep of no-op trials over parameters of the given roles. */
function manifest(parameters: readonly string[], { replicates = 8, baseline = "{}", metric = "validation.accuracy", direction = "maximize" } = {}): string {
  return `apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: small }
spec:
  objective: { metric: ${metric}, direction: ${direction} }
  trainer: { study: { data: { kind: mnist }, model: { kind: mlp, hidden: [8], activation: relu }, objective: { task: crossEntropy }, optimizer: { kind: adam, learningRate: 0.1, epochs: 1, batch: 10 } } }
  parameters:
${parameters.map((parameter) => `    - ${parameter}`).join("\n")}
  baseline: ${baseline}
  replicates: { count: ${replicates}, seed: 0 }
`;
}

const width = "{ name: width, path: 'model.hidden[0]', values: [8, 16, 32] }";
const rate = "{ name: optimizer.learningRate, role: tuned, values: [0.01, 0.1, 1.0] }";
const batch = "{ name: optimizer.batch, role: blocked, values: [10, 20] }";

function small(text: string, end: (trial: Trial) => Ending | undefined): Promise<Summary> {
  const expansion = expansionOf(text);
  return summarise({ expansion, outcomes: outcomesOf(expansion, end), provenance });
}

/** Label of a parameter as a number. */
function at({ labels }: Trial, name: string): number {
  return Number(labels[name]);
}

/** Grows with the width; every seed has its luck, shared by the arms, and every trial its noise. */
function noisy(trial: Trial): number {
  return 0.9 + 0.0001 * at(trial, "width") * (1 + wobble(trial.replicate, trial.arm)) + 0.01 * wobble(trial.replicate);
}

/** Its width, but for noise. */
function steady(trial: Trial): number {
  return at(trial, "width") + 0.1 * wobble(trial.index);
}

/** Even replicates like 0.01 by luck, odd ones like 0.1; nothing is really better. */
function lucky(trial: Trial): number {
  return at(trial, "optimizer.learningRate") === (trial.replicate % 2 === 0 ? 0.01 : 0.1) ? 0.9 : 0.5;
}

describe("comparisons", () => {
  test("means, tests and corrections are those of the paired differences", async () => {
    const { arms, reach } = await small(manifest([width], { baseline: "{ width: 8 }" }), (trial) => ({ metrics: { "validation.accuracy": noisy(trial) } }));
    const expansion = expansionOf(manifest([width], { baseline: "{ width: 8 }" }));
    const of = (arm: number): number[] => Array.from({ length: 8 }, (_, r) => noisy(expansion.trialAt(8 * arm + r)));
    const differences = [1, 2].map((arm) => of(arm).map((v, r) => v - of(0)[r]!));
    const corrected = holm(differences.map((d) => signFlipTest(d).p));
    expect(arms.map(({ control }) => control)).toEqual([null, 0, 0]);
    expect(arms[0]!.comparisons).toEqual({});
    [1, 2].forEach((arm, i) => {
      const t = pairedT(differences[i]!)!;
      expect(arms[arm]!.byReplicate).toEqual(differences[i]);
      expect(arms[arm]!.comparisons["validation.accuracy"]).toMatchObject({
        pairs: 8,
        missing: 0,
        p: signFlipTest(differences[i]!).p,
        correctedP: corrected[i],
        tP: t.p,
        interval: { low: t.low, high: t.high },
      });
    });
    expect(reach).toMatchObject({ comparisons: 2, smallestP: 4 / 256, replicatesNeeded: 7 });
  });

  test("a verdict is given exactly where the corrected exact p is at most 0.05, and follows the direction", async () => {
    for (const [direction, verdict] of [
      ["maximize", "better"],
      ["minimize", "worse"],
    ]) {
      const { arms } = await small(manifest([width], { baseline: "{ width: 8 }", metric: "validation.loss", direction }), (trial) => ({
        metrics: { "validation.loss": steady(trial) },
      }));
      expect(arms.slice(1).map(({ comparisons }) => comparisons["validation.loss"]!.verdict)).toEqual([verdict, verdict]);
    }
  });

  test("five replicates can't decide anything, and the words say how many would", async () => {
    const { arms, findings } = await small(manifest([width], { baseline: "{ width: 8 }", replicates: 5 }), (trial) => ({
      metrics: { "validation.accuracy": at(trial, "width") / 100 },
    }));
    expect(arms[1]!.comparisons["validation.accuracy"]!.verdict).toBe("undecided");
    expect(arms[1]!.finding).toBe("width 16 against width 8: +8.0 ± 0.0 points over 5 replicates, too few for a claim (7 needed).");
    expect(findings[1]).toBe("With 2 comparisons and 5 replicates the smallest corrected p is 0.13: no claim can be made at 0.05. 7 replicates are needed.");
  });

  test("equal values on every replicate are the same, not undecided", async () => {
    const { arms } = await small(manifest([width], { baseline: "{ width: 8 }" }), ({ replicate }) => ({ metrics: { "validation.accuracy": replicate / 10 } }));
    expect(arms[2]!.comparisons["validation.accuracy"]!.verdict).toBe("same");
    expect(arms[2]!.finding).toBe("width 32 equals width 8 on every replicate.");
  });

  test("without a baseline every arm stands alone", async () => {
    const { arms, findings, reach } = await small(manifest([width]), () => ({ metrics: { "validation.accuracy": 0.5 } }));
    expect(arms.every(({ control, finding }) => control === null && finding === "")).toBe(true);
    expect(reach.smallestP).toBeNull();
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatch(/nothing is compared/);
  });
});

describe("missing values", () => {
  test("a failed trial takes its pair with it and both are counted and said", async () => {
    const { arms, counts, failures, notes } = await small(manifest([width], { baseline: "{ width: 8 }" }), (trial) =>
      trial.arm === 1 && trial.replicate === 3
        ? { state: "Failed", failure: "diverged", message: "the loss is not finite at step 12", metrics: {} }
        : { metrics: { "validation.accuracy": 0.5 + at(trial, "width") / 100 + 0.001 * wobble(trial.index) } },
    );
    expect(counts).toEqual({ succeeded: 23, failed: 1, pruned: 0, pending: 0 });
    expect(arms[1]!.counts.failed).toBe(1);
    expect(arms[1]!.metrics["validation.accuracy"]!.replicates).toBe(7);
    expect(arms[1]!.comparisons["validation.accuracy"]).toMatchObject({ pairs: 7, missing: 1 });
    expect(arms[1]!.finding).toMatch(/1 replicate of 8 could not be paired\.$/);
    expect(failures).toEqual([{ failure: "diverged", message: "the loss is not finite at step 12", trials: 1, arms: [1], examples: [11] }]);
    expect(notes.join("\n")).toMatch(/In 1 arm some replicate has no validation\.accuracy: width 16\./);
    expect(notes.join("\n")).not.toMatch(/tuned values|chosen/);
  });

  test("messages that differ in numbers are one group, with the first trial's words", async () => {
    const { failures } = await small(manifest([width], { baseline: "{ width: 8 }" }), ({ replicate, arm }) =>
      arm === 0 ? { metrics: {} } : { state: "Failed", failure: "diverged", message: `step ${10 * replicate + arm}: 1.5e${replicate}`, metrics: {} },
    );
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({ message: "step 1: 1.5e0", trials: 16, arms: [1, 2], examples: [8, 9, 10, 11, 12, 13, 14, 15, 16, 17] });
  });

  test("an arm without any value is compared with p = 1 in the family and said to be incomparable", async () => {
    const { arms } = await small(manifest([width], { baseline: "{ width: 8 }" }), (trial) =>
      trial.arm === 2 ? { state: "Pruned", metrics: { "validation.accuracy": 0.1 } } : { metrics: { "validation.accuracy": at(trial, "width") / 100 } },
    );
    expect(arms[2]!.metrics).toEqual({});
    expect(arms[2]!.finding).toBe("width 32 can't be compared with width 8: no replicate has both values.");
    expect(arms[1]!.comparisons["validation.accuracy"]).toMatchObject({ p: 2 / 256, correctedP: 4 / 256 });
  });

  test("pending trials are counted and make the report preliminary", async () => {
    const { counts, notes } = await small(manifest([width], { baseline: "{ width: 8 }" }), ({ index }) =>
      index < 20 ? { metrics: { "validation.accuracy": 0.5 } } : undefined,
    );
    expect(counts.pending).toBe(4);
    expect(notes.join("\n")).toMatch(/4 trials of 24 are pending: this is not the final report\./);
  });

  test("a ledger with two outcomes of a trial, or one of a trial that isn't there, is refused", async () => {
    const expansion = expansionOf(manifest([width]));
    const [first] = [...outcomesOf(expansion, () => ({ metrics: {} }))];
    const fold = (outcomes: Outcome[]): Promise<Summary> => summarise({ expansion, outcomes, provenance });
    await expect(fold([first!, first!])).rejects.toThrow("trial 0 has two outcomes");
    await expect(fold([{ ...first!, trial: 24 }])).rejects.toThrow("outcome of trial 24, but the sweep has 24");
  });
});

describe("tuned values", () => {
  test("each arm takes its best by the objective's mean, and the test metric is read there", async () => {
    const { arms, headline, notes } = await small(manifest([width, rate], { baseline: "{ width: 8 }" }), (trial) => {
      const best = { 8: 0.01, 16: 0.1, 32: 1 }[at(trial, "width")]!;
      const good = at(trial, "optimizer.learningRate") === best;
      return { metrics: { "validation.accuracy": good ? 0.9 : 0.8, "test.accuracy": at(trial, "optimizer.learningRate") } };
    });
    expect(headline).toBe("test.accuracy");
    expect(arms.map(({ choices }) => choices[0]!.chosen["optimizer.learningRate"])).toEqual([0.01, 0.1, 1]);
    expect(arms.map(({ metrics }) => metrics["test.accuracy"]!.mean)).toEqual([0.01, 0.1, 1]);
    expect(arms.map(({ choices }) => choices[0]!.atEdge.length)).toEqual([1, 0, 1]);
    expect(notes.join("\n")).toMatch(/out of 3 tried\. That is equal in every arm\./);
    expect(notes.join("\n")).toMatch(/In 2 arms the best value is at the end of its range/);
  });

  test("each replicate is read at the value the other half chose, so luck does not choose itself", async () => {
    const { arms, notes } = await small(manifest([width, rate], { baseline: "{ width: 8 }" }), (trial) => ({
      metrics: { "validation.accuracy": lucky(trial) },
    }));
    expect(arms[0]!.choices[0]).toMatchObject({ stable: false, selectionMean: 0.7 });
    expect(arms[0]!.metrics["validation.accuracy"]!.mean).toBe(0.5);
    expect(notes.join("\n")).toMatch(/In 3 arms the two halves chose different values/);
  });

  test("a value that failed on a replicate gives way to a complete one", async () => {
    const { arms } = await small(manifest([width, rate], { baseline: "{ width: 8 }" }), (trial) =>
      at(trial, "optimizer.learningRate") === 1 && trial.replicate === 7
        ? { state: "Failed", failure: "diverged", message: "diverged", metrics: {} }
        : { metrics: { "validation.accuracy": at(trial, "optimizer.learningRate") } },
    );
    expect(arms[0]!.choices[0]).toMatchObject({ chosen: { "optimizer.learningRate": 0.1 }, tried: 3, complete: 2 });
  });
});

describe("blocked values", () => {
  test("pairs are made within equal values and then averaged", async () => {
    const { arms, blocked } = await small(manifest([width, batch], { baseline: "{ width: 8 }" }), (trial) => {
      const block = at(trial, "optimizer.batch") === 10 ? 0 : 0.3;
      return { metrics: { "validation.accuracy": 0.1 + block + (at(trial, "width") / 100) * (block === 0 ? 1 : 2) } };
    });
    expect(blocked).toEqual(["optimizer.batch"]);
    expect(arms[0]!.choices.map(({ block }) => block)).toEqual([{ "optimizer.batch": 10 }, { "optimizer.batch": 20 }]);
    expect(arms[0]!.metrics["validation.accuracy"]!.mean).toBeCloseTo(0.1 + 0.15 + 0.12, 12);
    expect(arms[1]!.comparisons["validation.accuracy"]!.difference).toBeCloseTo(0.12, 12);
  });
});

describe("the whole", () => {
  test("segments in another order give the same bytes", async () => {
    const options = halfLayers();
    const reversed = { ...options, outcomes: options.outcomes.toReversed(), curves: options.curves.toReversed() };
    expect(JSON.stringify(await summarise(reversed))).toBe(JSON.stringify(await summarise(options)));
  });

  test("a summary is plain JSON", async () => {
    const summary = await summarise(halfLayers());
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
  });

  test("fixed weights are vouched for only where there are any", async () => {
    const all = await small(manifest([width]), () => ({ metrics: { fixedUnchanged: 1, learnableParameters: 10, totalParameters: 10 } }));
    expect(all.notes.join("\n")).not.toMatch(/Fixed weights/);
    const some = await small(manifest([width]), () => ({ metrics: { fixedUnchanged: 1, learnableParameters: 4, totalParameters: 10 } }));
    expect(some.notes.join("\n")).toMatch(/same bits before and after training in every trial that has them: 24\./);
  });

  test("a table has no columns for comparisons where nothing is compared", async () => {
    const summary = await small(manifest([width]), () => ({ metrics: { "validation.accuracy": 0.5 } }));
    expect(armsTable(summary).columns.map(({ name }) => name)).toEqual(["width", "n", "validation.accuracy (%)"]);
    expect(armsTable(summary).rows.map(({ cells }) => cells.length)).toEqual([3, 3, 3]);
  });

  test("changed fixed weights are an alarm", async () => {
    const { notes } = await small(manifest([width], { baseline: "{ width: 8 }" }), ({ arm }) => ({
      metrics: { "validation.accuracy": 0.5, fixedUnchanged: arm === 1 ? 0 : 1 },
    }));
    expect(notes.join("\n")).toMatch(/Fixed weights changed while training in 8 trials.*: width 16\./);
  });

  test("an arm on two engines is said to be", async () => {
    const expansion = expansionOf(manifest([width], { baseline: "{ width: 8 }" }));
    const outcomes = [...outcomesOf(expansion, () => ({ metrics: { "validation.accuracy": 0.5 } }))].map((o) =>
      o.trial === 9 ? { ...o, engine: "reference" } : o,
    );
    const { notes } = await summarise({ expansion, outcomes, provenance });
    expect(notes.join("\n")).toMatch(/In 1 arm trials ran on different engines.*: width 16\./);
  });
});
