import type { StudyInput } from "@allot/spec";
import type { Engine, TensorFlow } from "@allot/tensor";
import { loadTfjsNode } from "@allot/testbed";
import { describe, expect, test } from "vitest";
import { compose } from "./compose.ts";
import { loadData } from "./data/load.ts";
import { Diverged } from "./errors.ts";
import type { Run } from "./run/run.ts";
import { bits, collapsing, completion, copies, cores, guided, half, kernels, law, ranks, rows, sequences, vectors, whole } from "./testing/golden-studies.ts";
import { generatedImages, setupOf, thrown } from "./testing/studies.ts";

const tf = (await loadTfjsNode()) as TensorFlow & { memory(): { numTensors: number } };
const tfjs: Engine = { name: "tfjs", tf };
/** Between float64 and TensorFlow's float32 after a whole training, relative to 1 + |value|. */
const tolerance = 1e-4;

const dataset = loadData(setupOf(half).study, generatedImages("t10k", 200));

const open = (study: StudyInput, engine: Engine, replicates: readonly number[]): Run =>
  compose({ trials: replicates.map((replicate) => setupOf(study, replicate)), dataset, engine });

/** Every measurement and every trained tensor of each trial, by name. */
const trained = (study: StudyInput, engine: Engine, replicates: readonly number[]): Record<string, number>[] => {
  const run = open(study, engine, replicates);
  const found = replicates.map((): Record<string, number> => ({}));
  const note = (prefix: string, metricsOf: (trial: number) => Record<string, number>): void => {
    for (const trial of replicates.keys()) for (const [name, value] of Object.entries(metricsOf(trial))) found[trial]![`${prefix} ${name}`] = value;
  };
  for (const step of run.measureAt) {
    run.advanceAll(step);
    note(`step ${step}`, (trial) => run.measure(trial));
  }
  note("final", (trial) => run.finish(trial));
  note("tensor", (trial) =>
    Object.fromEntries(Object.entries(run.tensors(trial)).flatMap(([name, { values }]) => Array.from(values, (value, i) => [`${name} ${i}`, value]))),
  );
  run.close();
  return found;
};

const departures = (got: Record<string, number>, want: Record<string, number>): string[] =>
  Object.entries(want).flatMap(([name, value]) =>
    Math.abs(got[name]! - value) <= tolerance * (1 + Math.abs(value)) ? [] : [`${name}: ${got[name]} against ${value}`],
  );

describe.each([
  { says: "half and masked layers on images", study: half },
  { says: "neurons of a linear recurrent network", study: whole },
  { says: "scaled inputs of a feed-forward student", study: vectors },
  { says: "half and masked convolutions on images", study: kernels },
  { says: "convolutions of a teacher's sequences", study: sequences },
  { says: "low ranks and what is salient, on images", study: ranks },
  { says: "cores between factors that learn a little", study: cores },
  { says: "the completion of a matrix by cores", study: completion },
  { says: "a deep linear net, and how far it is from the law of parsimony", study: law },
  { says: "orthogonal classes that collapse", study: collapsing },
  { says: "neurons and half layers of a recurrent network", study: bits },
  { says: "parts of attention of a transformer", study: copies },
  { says: "images read row by row", study: rows },
  { says: "guides of images", study: guided },
])("$says", ({ study }) => {
  const replicates = [0, 1, 2];
  const want = trained(study, "reference", replicates);

  test("train on tfjs as on reference, three at once and one alone", () => {
    const before = tf.memory().numTensors;
    const packed = trained(study, tfjs, replicates);
    const [alone] = trained(study, tfjs, [1]);
    for (const replicate of replicates) expect(departures(packed[replicate]!, want[replicate]!)).toEqual([]);
    expect(departures(alone!, want[1]!)).toEqual([]);
    expect(departures(packed[1]!, alone!)).toEqual([]);
    expect(Object.keys(packed[0]!).toSorted()).toEqual(Object.keys(want[0]!).toSorted());
    expect(packed[0]!["final fixedUnchanged"]).toBe(1);
    expect(tf.memory().numTensors).toBe(before);
  });
});

test("a trial that diverges says so when it is measured, and the others train on", () => {
  const wild: StudyInput = { ...whole, optimizer: { kind: "momentum", learningRate: 1e6, steps: 40 } };
  const run = compose({ trials: [setupOf(whole, 0), setupOf(wild, 1), setupOf(whole, 2)], dataset: undefined, engine: tfjs });
  expect(run.advanceAll(40)).toBe(2);
  expect(thrown(() => run.measure(1))).toBeInstanceOf(Diverged);
  for (const trial of [0, 2]) {
    const alone = open(whole, tfjs, [trial]);
    alone.advance(0, 40);
    expect(departures(run.finish(trial), alone.finish(0))).toEqual([]);
    alone.close();
  }
  run.close();
});

test("trials that move together are not moved alone", () => {
  const run = open(whole, tfjs, [0, 1]);
  expect(() => run.advance(1, 10)).toThrow("trial 1 of 2 that move together: advanceAll moves them");
  run.close();
});
