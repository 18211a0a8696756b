import { ManifestError, shapeClass } from "@allot/spec";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { expand } from "./expand.ts";
import type { Expansion } from "./expansion.ts";
import { packAt, planPacks } from "./packs.ts";
import { studyOf } from "./study.ts";
import { factorsOf, keyOf, readSweep } from "./testing/brute-force.ts";
import { type MadeSweep, madeSweeps } from "./testing/sweeps.ts";

const runs = { numRuns: 200 };

function expanded(made: MadeSweep): Expansion | ManifestError {
  try {
    return expand(made.sweep);
  } catch (error) {
    if (error instanceof ManifestError) return error;
    throw error;
  }
}

/** Checks the property on every sweep that has points and controls. */
function onAccepted(property: (made: MadeSweep, expansion: Expansion) => void): void {
  let accepted = 0;
  fc.assert(
    fc.property(madeSweeps, (made) => {
      const expansion = expanded(made);
      if (expansion instanceof ManifestError) return;
      accepted++;
      property(made, expansion);
    }),
    runs,
  );
  expect(accepted).toBeGreaterThan(runs.numRuns / 5);
}

const allTrials = (expansion: Expansion) => Array.from({ length: expansion.trials }, (_unused, index) => expansion.trialAt(index));

test("refuses exactly the sweeps in which nothing is kept or an arm lacks its control", () => {
  fc.assert(
    fc.property(madeSweeps, (made) => {
      const { kept, controls } = readSweep(made);
      const refused = expanded(made) instanceof ManifestError;
      expect(refused).toBe(kept.length === 0 || controls === undefined);
    }),
    runs,
  );
});

test("the trials are the kept points times the replicates, each once, with conditional parameters absent where inactive", () => {
  onAccepted((made, expansion) => {
    const { kept, dropped } = readSweep(made);
    expect(expansion.cells).toBe(kept.length);
    expect(expansion.trials).toBe(kept.length * made.replicates);
    expect(expansion.dropped.map(({ count }) => count)).toEqual(dropped);
    const expected = kept.flatMap((point) => Array.from({ length: made.replicates }, (_unused, replicate) => `${replicate} ${keyOf(point)}`));
    const found = allTrials(expansion).map(({ labels, replicate }) => `${replicate} ${keyOf(labels)}`);
    expect(found.toSorted()).toEqual(expected.toSorted());
  });
});

test("indexOf is the inverse of trialAt, and replicates vary fastest", () => {
  onAccepted((made, expansion) => {
    for (const { index, replicate, labels } of allTrials(expansion)) {
      expect(replicate).toBe(index % made.replicates);
      expect(expansion.indexOf(labels, replicate)).toBe(index);
      expect(expansion.indexOf(labels, made.replicates)).toBeUndefined();
      expect(expansion.indexOf({ ...labels, "no.such": 1 }, replicate)).toBeUndefined();
    }
  });
});

test("every arm is one assignment of the factors and has exactly one control, which is its own control", () => {
  onAccepted((made, expansion) => {
    const controls = readSweep(made).controls!;
    const arms = Array.from({ length: expansion.arms }, (_unused, arm) => expansion.armAt(arm));
    expect(arms.map(({ labels }) => keyOf(labels)).toSorted()).toEqual([...controls.keys()].toSorted());
    for (const arm of arms) {
      const control = expansion.armAt(expansion.controlOf(arm.index));
      expect(keyOf(control.labels)).toBe(controls.get(keyOf(arm.labels)));
      expect(control.baseline).toBe(true);
      expect(arm.baseline).toBe(control.index === arm.index);
    }
  });
});

test("the cells of the arms are all cells, each in the arm of its trials", () => {
  onAccepted((made, expansion) => {
    const firsts: number[] = [];
    for (let arm = 0; arm < expansion.arms; arm++) {
      const { labels, cells } = expansion.armAt(arm);
      const mine = [...expansion.cellsOf(arm)];
      expect(mine).toHaveLength(cells);
      for (const cell of mine) {
        const trial = expansion.trialAt(cell.firstTrial);
        expect(trial.replicate).toBe(0);
        expect(trial.arm).toBe(arm);
        expect(expansion.armOf(cell.firstTrial)).toBe(arm);
        expect(keyOf({ ...labels, ...cell.labels })).toBe(keyOf(trial.labels));
        expect(keyOf(factorsOf(trial.labels, made.parameters))).toBe(keyOf(labels));
        firsts.push(cell.firstTrial);
      }
    }
    const everyFirst = Array.from({ length: expansion.cells }, (_unused, cell) => cell * made.replicates);
    expect(firsts.toSorted((a, b) => a - b)).toEqual(everyFirst);
  });
});

/** Packs that leave a gap, overlap, hold nothing, or mix shape classes or blocks; and trials that no pack has. */
function packFaults(expansion: Expansion): string[] {
  const plan = planPacks(expansion, { lanes: 2, trialsPerPack: 4 });
  const faults: string[] = [];
  let next = 0;
  for (let pack = 0; pack < plan.packs; pack++) {
    const { name, first, last } = packAt(plan, pack);
    const trials = Array.from({ length: last - first + 1 }, (_unused, at) => expansion.trialAt(first + at));
    const kinds = new Set(trials.map((trial) => `${shapeClass(studyOf(expansion, trial))} ${trial.copy}`));
    if (first !== next || kinds.size !== 1) faults.push(`${name} from ${first} to ${last} has ${kinds.size} kinds, and ${next} comes next`);
    next = last + 1;
  }
  return next === expansion.trials ? faults : [...faults, `the packs end at ${next} of ${expansion.trials}`];
}

test("packs cover every trial exactly once, in order, and never mix shape classes", () => {
  onAccepted((_made, expansion) => expect(packFaults(expansion)).toEqual([]));
});

test("for a noise floor the one baseline comes again at the end, cell by cell, in no count but the trials'; several are refused", () => {
  onAccepted((made, once) => {
    const { spec } = made.sweep;
    const twice = expanded({ ...made, sweep: { ...made.sweep, spec: { ...spec, replicates: { ...spec.replicates, noiseFloor: true } } } });
    expect(twice instanceof ManifestError).toBe(new Set(readSweep(made).controls!.values()).size > 1);
    if (twice instanceof ManifestError) return;
    expect([twice.arms, twice.cells, twice.replicates]).toEqual([once.arms, once.cells, once.replicates]);
    expect(allTrials(twice).slice(0, once.trials)).toEqual(allTrials(once));
    const [first, again] = [[...twice.cellsOf(twice.copied!)], [...twice.cellsOf(twice.arms)]];
    expect(again.map(({ firstTrial }) => firstTrial)).toEqual(first.map((_cell, nth) => once.trials + nth * made.replicates));
    expect(twice.trials).toBe(once.trials + first.length * made.replicates);
    for (const [nth, { labels, firstTrial }] of again.entries()) {
      expect(labels).toEqual(first[nth]!.labels);
      for (let replicate = 0; replicate < made.replicates; replicate++) {
        const index = firstTrial + replicate;
        expect(twice.trialAt(index)).toEqual({ ...once.trialAt(first[nth]!.firstTrial + replicate), index, arm: twice.arms, copy: true });
        expect(twice.armOf(index)).toBe(twice.arms);
      }
    }
    const arm = once.armAt(twice.copied!);
    expect(twice.armAt(twice.arms)).toEqual({ ...arm, index: twice.arms, name: `${arm.name} (again)`, baseline: false });
    expect(twice.controlOf(twice.arms)).toBe(twice.copied);
    expect(() => twice.armAt(twice.arms + 1)).toThrow(RangeError);
    expect(packFaults(twice)).toEqual([]);
  });
});

test("replicate r draws the same streams in every arm, but for a stream a parameter pins", () => {
  onAccepted((_made, expansion) => {
    const seen = new Map<string, string>();
    for (const { replicate, labels, streams } of allTrials(expansion)) {
      for (const [stream, root] of Object.entries(streams)) {
        const pin = stream === "fixed" ? labels["luck"] : undefined;
        const key = pin === undefined ? `${stream} ${replicate}` : `${stream} pinned to ${pin}`;
        expect(root).toMatch(/^[0-9a-f]{16}$/);
        expect(seen.get(key) ?? root).toBe(root);
        seen.set(key, root);
      }
    }
    expect(new Set(seen.values()).size).toBe(seen.size);
  });
});
