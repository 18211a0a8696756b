import { ManifestError, type Sweep, shapeClass } from "@allot/spec";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { expand } from "./expand.ts";
import type { Expansion, Trial } from "./expansion.ts";
import { packAt, planPacks } from "./packs.ts";
import { stageBounds } from "./stage-bounds.ts";
import { studyOf } from "./study.ts";
import { madeSweeps, sweepOf } from "./testing/sweeps.ts";

const stages = [
  { name: "pilot", set: { "model.hidden": [3] }, keep: { top: 2 } },
  { name: "middle", set: { "model.hidden": [4], "optimizer.epsilon": 1e-6 }, keep: { top: 1 } },
  { name: "full", set: {} },
];

const staged = ({ spec, ...sweep }: Sweep, noiseFloor: boolean): Sweep => ({
  ...sweep,
  spec: { ...spec, stages, replicates: { ...spec.replicates, ...(noiseFloor && { noiseFloor }) } },
});

/** Some of the arms, with their controls. */
const closed = (expansion: Expansion, among: readonly number[], chosen: readonly number[]): number[] => {
  const picked = chosen.map((at) => among[at % among.length]!);
  return [...new Set(picked.flatMap((arm) => [arm, expansion.controlOf(arm)]))].sort((a, b) => a - b);
};

interface Case {
  readonly plain: Expansion;
  readonly whole: Expansion;
  readonly kept: readonly number[][];
}

function onStaged(property: (o: Case) => void): void {
  let accepted = 0;
  const chosen = fc.array(fc.nat(100), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(madeSweeps, chosen, chosen, fc.boolean(), (made, first, second, noiseFloor) => {
      const sweep = staged(made.sweep, noiseFloor);
      try {
        const plain = expand({ ...sweep, spec: { ...sweep.spec, stages: [] } });
        const middle = closed(plain, [...Array(plain.arms).keys()], first);
        const kept = [middle, closed(plain, middle, second)];
        property({ plain, whole: expand(sweep, { kept }), kept });
        accepted++;
      } catch (error) {
        if (!(error instanceof ManifestError)) throw error;
      }
    }),
    { numRuns: 150 },
  );
  expect(accepted).toBeGreaterThan(30);
}

const trialsOf = (expansion: Expansion): Trial[] => Array.from({ length: expansion.trials }, (_, at) => expansion.trialAt(expansion.firstTrial + at));

/** A trial without what its stage decides. */
const key = ({ replicate, arm, labels, streams, copy }: Trial): string => JSON.stringify({ replicate, arm, labels, streams, copy });

test("each stage is a block of its arms' trials: those of the sweep without stages, every one once", () => {
  onStaged(({ plain, whole, kept }) => {
    const all = trialsOf(whole);
    expect(all.map(({ index }) => index)).toEqual([...all.keys()]);
    const ofArms = [undefined, ...kept].map((arms) => trialsOf(plain).filter(({ arm, copy }) => arms === undefined || copy === true || arms.includes(arm)));
    for (const [at, { name, expansion }] of whole.stages.entries()) {
      const block = all.filter(({ stage }) => stage === name);
      expect(block.map(({ index }) => index)).toEqual(trialsOf(expansion).map(({ index }) => index));
      expect(block.map(key).toSorted()).toEqual(ofArms[at]!.map(key).toSorted());
      for (const { index, arm } of block) expect(whole.armOf(index)).toBe(arm);
    }
    expect(() => whole.trialAt(whole.trials)).toThrow(RangeError);
  });
});

test("a stage is an expansion of its own: its arms in order, their cells and controls, and indexOf the inverse of trialAt", () => {
  onStaged(({ whole }) => {
    for (const { expansion, kept } of whole.stages) {
      const arms = Array.from({ length: expansion.arms }, (_, arm) => expansion.armAt(arm));
      expect(arms.map(({ name }) => name)).toEqual((kept ?? arms.map(({ index }) => index)).map((arm) => whole.armAt(arm).name));
      for (const { index } of arms) {
        expect(expansion.armAt(expansion.controlOf(index)).name).toBe(whole.armAt(whole.controlOf(kept?.[index] ?? index)).name);
        for (const { labels, firstTrial } of expansion.cellsOf(index)) {
          expect(expansion.trialAt(firstTrial)).toMatchObject({ arm: index, replicate: 0, labels });
        }
      }
      const once = trialsOf(expansion).filter(({ copy }) => copy !== true);
      expect(once.map(({ labels, replicate }) => expansion.indexOf(labels, replicate))).toEqual(once.map(({ index }) => index));
      expect(() => expansion.trialAt(expansion.firstTrial - 1)).toThrow(RangeError);
    }
  });
});

test("a trial's study is what its stage sets, with the trial's assignment; packs of a stage mix no shapes", () => {
  onStaged(({ plain, whole }) => {
    const hidden = { pilot: [3], middle: [4], full: [8] };
    for (const trial of trialsOf(whole)) {
      const { model } = studyOf(whole, trial);
      expect(model).toMatchObject({ hidden: hidden[trial.stage as keyof typeof hidden] });
    }
    for (const trial of trialsOf(whole.stages[2]!.expansion)) {
      const own = whole.trialAt(trial.index);
      const alike = plain.indexOf(own.labels, own.replicate)!;
      expect(studyOf(whole, own)).toEqual(studyOf(plain, plain.trialAt(alike)));
    }
    for (const { expansion } of whole.stages) {
      const plan = planPacks(expansion, { lanes: 2, trialsPerPack: 4 });
      let next = expansion.firstTrial;
      for (let pack = 0; pack < plan.packs; pack++) {
        const { first, last } = packAt(plan, pack);
        expect(first).toBe(next);
        const kinds = new Set(Array.from({ length: last - first + 1 }, (_, at) => shapeClass(studyOf(whole, whole.trialAt(first + at)))));
        expect(kinds.size).toBe(1);
        next = last + 1;
      }
      expect(next).toBe(expansion.firstTrial + expansion.trials);
    }
  });
});

test("what is bounded before it is decided is at least what it comes to", () => {
  onStaged(({ plain, whole, kept }) => {
    const bounds = stageBounds(expand(whole.sweep));
    expect(bounds.map(({ name }) => name)).toEqual(["middle", "full"]);
    const [one = 0, another = one] = kept[0]!;
    const best = [...new Set([one, another].flatMap((arm) => [arm, plain.controlOf(arm)]))].sort((a, b) => a - b);
    const { arms, trials } = expand(whole.sweep, { kept: [best] }).stages[1]!.expansion;
    expect(bounds[0]!.arms).toBeGreaterThanOrEqual(arms);
    expect(bounds[0]!.trials).toBeGreaterThanOrEqual(trials);
    expect(stageBounds(whole)).toEqual([]);
  });
});

test("more arms than a decision can list are refused with their number", () => {
  const parameters = [
    { name: "optimizer.learningRate", linspace: { from: 0.1, to: 1, count: 1000 } },
    { name: "optimizer.beta1", linspace: { from: 0.1, to: 0.9, count: 101 } },
  ];
  const sweep = sweepOf({ parameters, stages: [{ name: "pilot", set: { "optimizer.steps": 2 }, keep: { top: 2 } }, { name: "full" }] });
  expect(() => expand(sweep)).toThrow(/stages choose among arms one by one, at most 100,000, and there are 101,000/);
});
