import type { Trial } from "@allot/expansion";
import { describe, expect, test } from "vitest";
import { renderMarkdown } from "./markdown.ts";
import { summarise } from "./summarise.ts";
import type { Summary } from "./summary.ts";
import { armsTable, failuresTable, noiseTable } from "./table.ts";
import { type Ending, expansionOf, outcomesOf, provenance } from "./testing/synthetic.ts";

const replicates = 8;

/** Three widths, of which the first is the baseline, and perhaps tuned rates; arm 3 is the baseline again. */
const manifest = (noiseFloor: boolean, tuned: string): string => `apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: check }
spec:
  objective: { metric: validation.loss, direction: minimize }
  trainer: { study: { data: { kind: mnist }, model: { kind: mlp, hidden: [8] }, optimizer: { kind: adam, learningRate: 0.1, epochs: 1, batch: 10 } } }
  parameters:
    - { name: width, path: "model.hidden[0]", values: [8, 16, 32] }
    ${tuned}
  baseline: { width: 8 }
  replicates: { count: ${replicates}, noiseFloor: ${noiseFloor} }
`;

function summaryOf(end: (trial: Trial) => Ending | undefined, { noiseFloor = true, tuned = "" } = {}): Promise<Summary> {
  const expansion = expansionOf(manifest(noiseFloor, tuned));
  return summarise({ expansion, outcomes: outcomesOf(expansion, end), provenance });
}

/** What arms are above the baseline's first training; the second is off by up to 0.08, now above it and now below. */
const above = ({ arm, replicate }: Trial): number => [0, 0.05, 0.5, 0.01 * (replicate + 1) * (replicate % 2 === 0 ? 1 : -1)][arm]!;
const noisy = (trial: Trial): Ending => ({ metrics: { "validation.loss": 1 + trial.replicate + above(trial), "train.loss": 2 } });
const equal = ({ arm, replicate }: Trial): Ending => ({ metrics: { "validation.loss": (arm % 3) + replicate / 3, "train.loss": 0.1 } });
const failing = ({ index }: Trial): Ending => ({ state: "Failed", failure: "diverged", message: `at ${index}`, metrics: {} });

describe("the baseline against itself", () => {
  test("has the largest and the mean distance of its replicates, and marks in words what is no larger", async () => {
    const summary = await summaryOf(noisy);
    const floor = summary.noise!.floors["validation.loss"]!;
    expect(floor).toMatchObject({ pairs: replicates, missing: 0 });
    expect(floor.largest).toBeCloseTo(0.08, 12);
    expect(floor.mean).toBeCloseTo(0.045, 12);
    expect(summary.arms.map(({ comparisons }) => comparisons["validation.loss"]?.withinNoise)).toEqual([undefined, true, false]);
    expect(summary.findings[1]).toBe(
      "The noise floor of validation.loss is 0.0800: width 8, trained twice on the same 8 seeds, differs from itself by up to that, by 0.0450 on average. No larger is the mean difference of 1 of 2 arms.",
    );
    expect(summary.arms[1]!.finding).toMatch(/The mean difference lies within the noise floor\.$/);
    expect(summary.arms[2]!.finding).not.toContain("noise");
    expect(armsTable(summary).rows.map(({ cells }) => cells.at(-1)!.text)).toEqual(["control", "worse, within noise", "worse"]);
    expect(noiseTable(summary)!.rows.map(({ cells }) => cells.map(({ text }) => text))).toEqual([
      ["validation.loss", "8", "0.0800", "0.0450", "1"],
      ["train.loss", "8", "0", "0", "0"],
    ]);
    expect(renderMarkdown(summary)).toContain("## Noise floor: width 8 against itself");
  });

  test("changes nothing else: values, tests and corrections are those of a sweep without it", async () => {
    const [twice, once] = [await summaryOf(noisy), await summaryOf(noisy, { noiseFloor: false })];
    const unmarked = twice.arms.map(({ finding: _said, comparisons, ...arm }) => ({
      ...arm,
      comparisons: Object.fromEntries(Object.entries(comparisons).map(([metric, comparison]) => [metric, { ...comparison, withinNoise: false }])),
    }));
    expect(unmarked).toEqual(once.arms.map(({ finding: _said, ...arm }) => arm));
    expect([twice.reach, twice.curves, twice.frontiers]).toEqual([once.reach, once.curves, once.frontiers]);
    expect([once.noise, noiseTable(once)]).toEqual([null, undefined]);
    expect(twice.counts.succeeded).toBe(once.counts.succeeded + replicates);
    expect(renderMarkdown(once)).not.toMatch(/noise/i);
  });

  test("is said to be equal bit for bit where it is, and then no arm is within", async () => {
    const summary = await summaryOf(equal);
    expect(summary.noise!.finding).toBe("The noise floor is 0: width 8, trained twice on the same 8 seeds, came out equal bit for bit in every metric.");
    expect(summary.arms.some(({ comparisons }) => comparisons["train.loss"]?.withinNoise)).toBe(false);
    const almost = await summaryOf((trial) => {
      const { metrics } = equal(trial);
      return { metrics: { ...metrics, "train.loss": trial.arm === 3 ? 0.1 + 2 ** -56 : 0.1 } };
    });
    expect(almost.noise!.finding).toContain("came out equal bit for bit in validation.loss.");
    expect(noiseTable(almost)!.rows[1]!.cells[2]!.text).toBe("1.39×10⁻¹⁷");
  });

  test("goes by the tuned values that each training chose by itself", async () => {
    const tuned = "- { name: optimizer.learningRate, role: tuned, values: [0.1, 0.2] }";
    const { noise, arms } = await summaryOf(
      (trial) => {
        const best = trial.arm === 3 ? 0.2 : 0.1;
        return { metrics: { "validation.loss": trial.labels["optimizer.learningRate"] === best ? 1 + trial.arm / 8 : 9 } };
      },
      { tuned },
    );
    expect(noise!.floors["validation.loss"]).toEqual({ pairs: replicates, missing: 0, largest: 0.375, mean: 0.375 });
    expect(arms[0]!.choices[0]).toMatchObject({ chosen: { "optimizer.learningRate": 0.1 }, tried: 2 });
  });

  test("is of the pairs there are, and not known without any; what failed is named", async () => {
    const some = await summaryOf((trial) => (trial.arm === 3 && trial.replicate < 2 ? failing(trial) : noisy(trial)));
    expect(some.noise!.floors["validation.loss"]).toMatchObject({ pairs: 6, missing: 2 });
    expect(some.noise!.finding).toContain("2 replicates could not be paired.");
    expect(failuresTable(some)!.rows[0]!.cells[3]!.text).toBe("width 8 (again)");
    const none = await summaryOf((trial) => (trial.arm === 3 ? undefined : noisy(trial)));
    expect(none.noise!.finding).toBe("The noise floor of validation.loss is not known: no replicate of width 8 has a value in both of its trainings.");
    expect(none.arms.some(({ comparisons }) => comparisons["validation.loss"]?.withinNoise)).toBe(false);
    expect(noiseTable(none)!.rows[0]!.cells.map(({ text }) => text)).toEqual(["validation.loss", "0", "–", "–", "0"]);
  });
});
