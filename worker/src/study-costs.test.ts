import { derivedOf, type Expansion, expand, planPacks, studyOf } from "@allot/expansion";
import { ManifestError, parseManifests, type Study, Study as StudySchema, setPath, shapeClass } from "@allot/spec";
import { compose, learnableParameters, trainingFlops } from "@allot/studies";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { studyCosts } from "./study-costs.ts";

const manifest = (o: { study?: string; parameters?: string; derive: string; baseline?: string }): string => `
apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: derived }
spec:
  objective: { metric: validation.loss, direction: minimize }
  trainer:
    study: ${o.study ?? teacher}
  parameters:
    ${o.parameters ?? units}
  derive:
    ${o.derive}
  replicates: { count: 2 }
`;

const teacher = `
      data: { kind: feedForwardTeacher, split: { train: 64, validation: 32, test: 32 } }
      model: { kind: mlp, inputs: 8, hidden: [20], outputs: 2, activation: relu }
      objective: { task: meanSquaredError }
      optimizer: { kind: adam, learningRate: 2.0e-3, steps: 1, batch: 16 }`;
const images = `
      data: { kind: mnist }
      model: { kind: mlp, hidden: [1] }
      optimizer: { kind: adam, learningRate: 2.0e-3, epochs: 12, batch: 100 }`;
const units = `- name: unit
      path: allocation.layer.0
      values:
        - { label: half, value: { strategy: rowScale, bias: true, fixed: { distribution: normal } } }
        - { label: random, value: { strategy: frozen, fixed: { distribution: normal } } }
        - { label: random+bias, value: { strategy: frozen, bias: true, fixed: { distribution: normal } } }
        - { label: mask, value: { strategy: spread, count: 1, bias: true } }
        - { label: full, value: { strategy: full } }`;

const expanded = (o: Parameters<typeof manifest>[0]): Expansion => expand(parseManifests(manifest(o), "derived.yaml")[0]!, { costs: studyCosts });

/** By arm name: the derived numbers of its first trial. */
const numbers = (expansion: Expansion): Record<string, number[]> =>
  Object.fromEntries(
    Array.from({ length: expansion.arms }, (_, index) => {
      const [cell] = [...expansion.cellsOf(index)];
      return [expansion.armAt(index).name, derivedOf(expansion, expansion.trialAt(cell!.firstTrial)).map(({ value }) => value)];
    }),
  );

const firstStudies = (expansion: Expansion): Study[] =>
  Array.from({ length: expansion.arms }, (_, index) => studyOf(expansion, expansion.trialAt([...expansion.cellsOf(index)][0]!.firstTrial)));

/** What a run of the study counts, where the derivation only computed. */
const facts = (study: Study): { learnableParameters: number; flops: number } => {
  const key = "0123456789abcdef";
  const streams = { data: key, fixed: key, mask: key, init: key, order: key, teacher: key, guide: key };
  const run = compose({ trials: [{ study, streams }], dataset: { kind: "generated" }, engine: "reference" });
  const { learnableParameters: learnable, flopsPerStep } = run.facts(0);
  const flops = run.steps * flopsPerStep;
  run.close();
  return { learnableParameters: learnable, flops };
};

const refusal = (o: Parameters<typeof manifest>[0]): string => {
  try {
    firstStudies(expanded(o));
    return "";
  } catch (error) {
    if (error instanceof ManifestError) return error.message;
    throw error;
  }
};

describe("widths of equal budget (studies.md 5a)", () => {
  const P = 12_010;
  const [d, K] = [784, 10];
  const found = numbers(
    expanded({ study: images, derive: `- { path: "model.hidden[0]", equal: learnableParameters, to: ${P}, when: "label('unit') != 'mask'" }` }),
  );

  it("follow the closed forms", () => {
    const closed = { half: (P - K) / (K + 2), random: (P - K) / K, "random+bias": (P - K) / (K + 1), full: (P - K) / (d + 1 + K) };
    for (const [unit, width] of Object.entries(closed)) expect([unit, found[`unit=${unit}`]]).toEqual([unit, [Math.floor(width)]]);
  });

  it("are 1000, 1200, 1090 and 15 at 12,010, and as written where when is false", () => {
    expect(found).toEqual({ "unit=half": [1000], "unit=random": [1200], "unit=random+bias": [1090], "unit=mask": [], "unit=full": [15] });
  });
});

describe("a derived number", () => {
  const unit = fc.constantFrom("half", "random", "random+bias", "full");
  it("is within its budget and the next larger is not, by the counts of a run", () => {
    fc.assert(
      fc.property(unit, fc.integer({ min: 30, max: 900 }), (label, budget) => {
        const expansion = expanded({
          derive: `- { path: "model.hidden[0]", equal: learnableParameters, to: ${budget} }`,
          parameters: units.replace(/\n.*label: mask.*/, ""),
        });
        const trial = expansion.trialAt(expansion.indexOf({ unit: label }, 0)!);
        const study = studyOf(expansion, trial);
        const value = derivedOf(expansion, trial)[0]!.value;
        const larger = StudySchema.parse(setPath(study, "model.hidden[0]", value + 1));
        expect(facts(study).learnableParameters).toBeLessThanOrEqual(budget);
        expect(facts(larger).learnableParameters).toBeGreaterThan(budget);
      }),
      { numRuns: 15 },
    );
  });

  it("takes another arm's count: a mask trains exactly as many", () => {
    const expansion = expanded({
      derive: `- { path: allocation.layer.0.count, equal: learnableParameters, as: { unit: half }, when: "label('unit') == 'mask'" }`,
    });
    expect(numbers(expansion)).toMatchObject({ "unit=half": [], "unit=mask": [20] });
    const [half, , , mask] = firstStudies(expansion).map((study) => facts(study).learnableParameters);
    expect([half, mask]).toEqual([82, 82]);
  });

  it("takes another arm's compute, and does not apply in that arm", () => {
    const expansion = expanded({
      derive: `- { path: optimizer.steps, equal: trainingFlops, as: { unit: full } }`,
      study: teacher.replace("steps: 1,", "steps: 100,"),
    });
    const [half, , , , full] = firstStudies(expansion);
    expect(numbers(expansion)["unit=full"]).toEqual([]);
    const budget = facts(full!).flops;
    expect(facts(half!).flops).toBeLessThanOrEqual(budget);
    const { optimizer } = half!;
    const steps = optimizer && "steps" in optimizer ? optimizer.steps! : 0;
    expect(steps).toBeGreaterThan(100);
    expect(facts(StudySchema.parse(setPath(half!, "optimizer.steps", steps + 1))).flops).toBeGreaterThan(budget);
  });

  it("builds on the entries before it, and is in the shape class and the packs", () => {
    const expansion = expanded({
      derive: `- { path: "model.hidden[0]", equal: learnableParameters, to: 300, when: "label('unit') != 'mask'" }
    - { path: optimizer.steps, equal: trainingFlops, to: 1.0e+7 }`,
    });
    for (const study of firstStudies(expansion)) {
      expect(learnableParameters(study)).toBeLessThanOrEqual(300);
      expect(trainingFlops(study)).toBeLessThanOrEqual(1e7);
      expect(trainingFlops(study)).toBe(facts(study).flops);
    }
    const { classes } = planPacks(expansion, { lanes: 1 });
    expect(classes.map(({ shape }) => shape)).toEqual(firstStudies(expansion).map(shapeClass));
  });
});

describe("a budget that can't be met names arm, field, budget and the nearest possible", () => {
  it.each([
    [
      "below the smallest",
      { derive: `- { path: "model.hidden[0]", equal: learnableParameters, to: 9 }`, study: images },
      "with unit=half: model.hidden[0] can't be derived for learnableParameters 9: the nearest possible is model.hidden[0] 1, which has 22; raise the budget",
    ],
    [
      "above the largest",
      { derive: `- { path: allocation.layer.0.count, equal: learnableParameters, to: 5000, when: "label('unit') == 'mask'" }` },
      "with unit=mask: allocation.layer.0.count can't be derived for learnableParameters 5,000: the nearest possible is allocation.layer.0.count 160, which has 222; lower the budget",
    ],
    ["whatever the number", { derive: `- { path: data.split.test, equal: trainingFlops, to: 5000 }`, study: teacher }, "whatever data.split.test is"],
    [
      "of no such field",
      { derive: `- { path: allocation.layer.0.count, equal: learnableParameters, to: 500 }` },
      'allocation.layer.0.count can\'t be derived for learnableParameters 500: trainer.study.allocation["layer.0"]',
    ],
  ])("%s", (_, o, words) => {
    expect(refusal(o)).toContain(words);
  });
});
