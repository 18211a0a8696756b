import { type ProgramIdentity, parseManifests } from "@allot/spec";
import { describe, expect, it, test } from "vitest";
import { assignmentOf } from "./assignment.ts";
import { expand } from "./expand.ts";
import type { Expansion } from "./expansion.ts";
import { commandIdentity, type IdentifiedCommand } from "./identity.ts";
import { packAt, planPacks } from "./packs.ts";
import { programSeed, streamsFor } from "./streams.ts";

const expansionOf = (spec: string): Expansion => {
  const text = `
apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: program }
spec:
  objective: { metric: validation.bleu, direction: maximize }
  trainer: { command: { version: "1", args: [train] } }
${spec}`;
  return expand(parseManifests(text, "program.yaml")[0]!);
};

describe("a sweep of a program", () => {
  const expansion = expansionOf(`
  parameters:
    - { name: layers, values: [{ label: wide, value: [64, 64] }, { label: narrow, value: [8] }] }
    - { name: seeds.fixed, values: [1, 2] }
    - { name: rate, role: tuned, values: [0.1, 0.2] }
    - { name: dropout, values: [0.5], when: "label('layers') == 'wide'" }
  constraints: ["rate < 0.2 || label('layers') == 'narrow'"]
  baseline: { layers: narrow, seeds.fixed: 1 }
  replicates: { count: 3, seed: 7 }`);
  const trials = Array.from({ length: expansion.trials }, (_, index) => expansion.trialAt(index));

  it("has arms, roles, rules and a baseline like any other, and one shape", () => {
    expect([expansion.arms, expansion.cells, expansion.trials]).toEqual([4, 6, 18]);
    expect(expansion.dropped).toEqual([{ rule: "rate < 0.2 || label('layers') == 'narrow'", count: 2 }]);
    expect(new Set(trials.map(({ arm }) => expansion.armAt(expansion.controlOf(arm)).name))).toEqual(new Set(["layers=narrow, seeds.fixed=1"]));
    const plan = planPacks(expansion, { lanes: 1, trialsPerPack: 18 });
    expect([plan.packs, packAt(plan, 0)]).toMatchObject([1, { first: 0, last: 17 }]);
  });

  it("gives a program the values of the active parameters by name", () => {
    const assignments = trials.map((trial) => assignmentOf(expansion, trial));
    expect(assignments).toContainEqual({ layers: [64, 64], "seeds.fixed": 1, rate: 0.1, dropout: 0.5 });
    expect(assignments).toContainEqual({ layers: [8], "seeds.fixed": 2, rate: 0.2 });
    expect(new Set(assignments.map((assignment) => JSON.stringify(assignment))).size).toBe(6);
  });

  it("gives a replicate the same seed in every arm, whatever a parameter is called", () => {
    const seeds = Map.groupBy(trials, ({ replicate }) => replicate);
    const distinct = [...seeds.values()].map((alike) => new Set(alike.map(({ streams }) => programSeed(streams))));
    expect(distinct.map((set) => set.size)).toEqual([1, 1, 1]);
    expect(new Set(distinct.flatMap((set) => [...set])).size).toBe(3);
  });
});

test("a program's seed is 31 bits that never change", () => {
  const seeds = [0, 1, 2].map((replicate) => programSeed(streamsFor({ seed: 0, replicate, over: "all", seeds: {} })));
  expect(seeds).toEqual([685_320_618, 1_801_446_350, 1_726_755_144]);
});

const program: ProgramIdentity = { version: "1" };
const trial: IdentifiedCommand = {
  program,
  args: ["train", "{rate}"],
  parameters: { rate: 0.1 },
  streams: streamsFor({ seed: 0, replicate: 0, over: "all", seeds: {} }),
};

test.each<[string, Partial<IdentifiedCommand>]>([
  ["the version", { program: { version: "2" } }],
  ["a source file", { program: { ...program, sources: { "train.py": "ab" } } }],
  ["the image's digest", { program: { ...program, image: "sha256:ab" } }],
  ["an argument", { args: ["train", "--lr={rate}"] }],
  ["a parameter's value", { parameters: { rate: 0.2 } }],
  ["the replicate", { streams: streamsFor({ seed: 0, replicate: 1, over: "all", seeds: {} }) }],
])("%s changes the identity of a program's trial", (_what, change) => {
  expect(commandIdentity({ ...trial, ...change })).not.toBe(commandIdentity(trial));
});
