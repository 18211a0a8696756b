import { parseManifests, type Sweep } from "@allot/spec";
import { describe, expect, it } from "vitest";
import { expand } from "./expand.ts";
import { largestWithin } from "./largest-within.ts";
import { planPacks } from "./packs.ts";
import { derivedOf, studyOf } from "./study.ts";
import { simpleCosts } from "./testing/costs.ts";

const sweepOf = (o: { derive: string; parameters: string; replicates?: number }): Sweep =>
  parseManifests(
    `
apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: derived }
spec:
  objective: { metric: validation.accuracy, direction: maximize }
  trainer:
    study:
      data: { kind: mnist }
      model: { kind: mlp, hidden: [30] }
      optimizer: { kind: adam, learningRate: 1.0e-3, steps: 7, batch: 100 }
  parameters: ${o.parameters}
  derive: ${o.derive}
  replicates: { count: ${o.replicates ?? 1} }
`,
    "derived.yaml",
  )[0]!;

const unit =
  "{ name: unit, path: allocation.layer.0, values: [{ label: full, value: { strategy: full } }, { label: mask, value: { strategy: uniform, count: 25 } }] }";

const upTo = (most: number) => (n: number) => (n > most ? { impossible: "too large" } : 10 * n);

describe("the largest number within a budget", () => {
  it.each([
    [1, 1],
    [2, 2],
    [99, 99],
    [2 ** 30, 2 ** 30],
    [99.9, 99],
  ])("of cost n and budget %d is %d", (budget, value) => {
    expect(largestWithin(budget, (n) => n)).toEqual({ kind: "within", value });
  });

  it("is found in few costs, and told from a budget out of reach", () => {
    let asked = 0;
    largestWithin(1e9, (n) => ++asked && n);
    expect(asked).toBeLessThan(64);
    expect(largestWithin(5, upTo(8))).toEqual({ kind: "above", value: 1, cost: 10 });
    expect(largestWithin(500, upTo(8))).toEqual({ kind: "below", value: 8, cost: 80 });
    expect(largestWithin(80, upTo(8))).toEqual({ kind: "within", value: 8 });
    expect(largestWithin(500, upTo(0))).toEqual({ kind: "invalid", impossible: "too large" });
    expect(largestWithin(500, () => 3)).toEqual({ kind: "constant", cost: 3 });
  });
});

describe("a sweep with derived numbers", () => {
  const sweep = sweepOf({
    parameters: `[${unit}, { name: optimizer.learningRate, role: tuned, values: [0.1, 0.01] }]`,
    derive: `[{ path: "model.hidden[0]", equal: learnableParameters, to: 105 }, { path: optimizer.steps, equal: trainingFlops, to: 1.0e+5 }]`,
    replicates: 2,
  });

  it("has them in its studies, which is all that the trials' identities read", () => {
    const expansion = expand(sweep, { costs: simpleCosts });
    const found = Array.from({ length: expansion.trials }, (_, index) => {
      const trial = expansion.trialAt(index);
      const { model, optimizer } = studyOf(expansion, trial);
      expect(derivedOf(expansion, trial).map(({ value }) => value)).toEqual([
        model?.kind === "mlp" && model.hidden[0],
        optimizer && "steps" in optimizer && optimizer.steps,
      ]);
      return [trial.labels["unit"], ...derivedOf(expansion, trial).map(({ value }) => value)];
    });
    expect(new Set(found.map((one) => one.join(" ")))).toEqual(new Set(["full 10 10", "mask 8 12"]));
  });

  it("numbers its trials and arms without knowing costs", () => {
    const [with_, without] = [expand(sweep, { costs: simpleCosts }), expand(sweep)];
    for (let index = 0; index < with_.trials; index++) expect(without.trialAt(index)).toEqual(with_.trialAt(index));
    expect([...without.shapeRanges()]).toEqual([...with_.shapeRanges()]);
  });

  it("never has two program shapes in a pack, and one class where the numbers are equal", () => {
    const { classes } = planPacks(expand(sweep, { costs: simpleCosts }), { lanes: 1 });
    expect(classes.map(({ trials }) => trials)).toEqual([4, 4]);
  });

  it("asks for costs once an arm, not once a trial: 10^9 trials plan at once", { timeout: 5000 }, () => {
    let asked = 0;
    const counting = {
      ...simpleCosts,
      learnableParameters: (study: Parameters<typeof simpleCosts.learnableParameters>[0]) => {
        asked++;
        return simpleCosts.learnableParameters(study);
      },
    };
    const large = sweepOf({
      parameters: `[${unit}, { name: optimizer.learningRate, logspace: { from: 1.0e-4, to: 1, count: 1000 } }, { name: seeds.init, range: { from: 1, to: 1000, step: 1 } }]`,
      derive: `[{ path: "model.hidden[0]", equal: learnableParameters, to: 1.0e+5 }]`,
      replicates: 500,
    });
    const expansion = expand(large, { costs: counting });
    expect(expansion.trials).toBe(1e9);
    expect(planPacks(expansion, { lanes: 8 }).classes).toHaveLength(2);
    for (let sample = 0; sample < 1000; sample++) studyOf(expansion, expansion.trialAt(sample * 1e6));
    expect(asked).toBeLessThan(200);
  });
});

describe("the arm whose cost is the budget", () => {
  const parameters = `[${unit}, { name: model.bias, values: [true, false], when: "label('unit') == 'full'" }]`;

  it("has this arm's values where as names none, and must be complete", () => {
    const sweep = sweepOf({ parameters, derive: `[{ path: "model.hidden[0]", equal: learnableParameters, as: { unit: full, model.bias: true } }]` });
    const expansion = expand(sweep, { costs: simpleCosts });
    expect(derivedOf(expansion, expansion.trialAt(expansion.indexOf({ unit: "mask" }, 0)!))).toEqual([{ path: "model.hidden[0]", value: 27 }]);
    expect(derivedOf(expansion, expansion.trialAt(expansion.indexOf({ unit: "full", "model.bias": true }, 0)!))).toEqual([]);
    const partial = expand(sweepOf({ parameters, derive: `[{ path: "model.hidden[0]", equal: learnableParameters, as: { unit: full } }]` }), {
      costs: simpleCosts,
    });
    const refused = (): unknown => derivedOf(partial, partial.trialAt(partial.indexOf({ unit: "mask" }, 0)!));
    expect(refused).toThrow("spec.derive[0]: as names an arm that has model.bias, and this one has not: give its value in as");
  });

  it("may not depend on rules that CEL refuses", () => {
    const sweep = sweepOf({ parameters, derive: `[{ path: "model.hidden[0]", equal: learnableParameters, to: 50, when: "unit ==" }]` });
    expect(() => expand(sweep)).toThrow(/spec\.derive\[0\]\.when/);
  });
});
