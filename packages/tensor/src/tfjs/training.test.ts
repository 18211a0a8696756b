import { describe, expect, test } from "vitest";
import { createSession, type Engine, type Session } from "../session.ts";
import { classifier, fillClassifier, outputsOf } from "../testing/classifier.ts";
import { convolutional, trainConvolutional } from "../testing/convolutional.ts";
import { departures } from "../testing/departures.ts";
import { trained as goldenTraining } from "../testing/golden-programs.ts";
import { tensorFlow } from "../testing/tensorflow.ts";
import { trace } from "../trace.ts";

const tfjs = await tensorFlow();
/** Between float64 and TensorFlow's float32 after some training, relative to 1 + |value|. */
const tolerance = 1e-4;
const optimisers = ["sgd", "momentum", "adam", "rmsprop"] as const;
type Optimiser = (typeof optimisers)[number];

const replicates = [0, 1, 2, 3, 4];

function open(engine: Engine, optimiser: Optimiser, chosen: readonly number[]): Session {
  const session = createSession({ engine, programs: { train: classifier(optimiser) }, trials: chosen.length, streams: { batch: 60 } });
  for (const [trial, replicate] of chosen.entries()) fillClassifier(session, { trial, replicate, optimiser });
  return session;
}

/** What the trials hold after `steps` steps taken together. */
function together(engine: Engine, optimiser: Optimiser, { chosen, steps }: { chosen: readonly number[]; steps: number }): ReturnType<typeof outputsOf>[] {
  const session = open(engine, optimiser, chosen);
  for (let step = 0; step < steps; step++) session.runAll("train", (step % 10) * 6);
  const outputs = chosen.map((_, trial) => outputsOf(session, trial));
  session.close();
  return outputs;
}

describe.each(optimisers)("a classifier trained by %s", (optimiser) => {
  const steps = 30;
  const want = together("reference", optimiser, { chosen: replicates, steps });

  test("agrees with reference, one trial and five at once, which differ", () => {
    const packed = together(tfjs, optimiser, { chosen: replicates, steps });
    for (const replicate of replicates) {
      const [alone] = together(tfjs, optimiser, { chosen: [replicate], steps });
      expect(departures(packed[replicate]!, want[replicate]!, tolerance)).toEqual([]);
      expect(departures(alone!, want[replicate]!, tolerance)).toEqual([]);
      expect(departures(packed[replicate]!, alone!, tolerance)).toEqual([]);
    }
    expect(new Set(packed.map(({ loss }) => loss[0])).size).toBe(5);
  });

  test("may also be run trial by trial, each at its own step", () => {
    const session = open(tfjs, optimiser, replicates);
    for (const trial of replicates) for (let step = 0; step < steps - trial; step++) session.run("train", trial, (step % 10) * 6);
    for (const trial of replicates) {
      const [alone] = together("reference", optimiser, { chosen: [trial], steps: steps - trial });
      expect(departures(outputsOf(session, trial), alone!, tolerance)).toEqual([]);
    }
    session.close();
  });
});

test("convolutions and pools agree with reference, three trials in turns", () => {
  const [got, want] = [tfjs, "reference" as const].map((engine) => {
    const session = createSession({ engine, programs: { train: convolutional }, trials: 3, streams: { batch: 20 } });
    const seen = trainConvolutional(session, { replicates: [0, 1, 2], steps: 12 });
    session.close();
    return Object.fromEntries(seen.map((values, trial) => [`trial ${trial}, number`, values]));
  });
  expect(departures(got!, want!, tolerance)).toEqual([]);
});

/** Every number that the golden trainings write. */
const numbers = (engine: Engine): number[] => {
  const all: number[] = [];
  goldenTraining(engine, {
    update: ({ buffer, byteOffset, byteLength }) =>
      all.push(...(engine === "reference" ? new Float64Array(buffer, byteOffset, byteLength / 8) : new Float32Array(buffer, byteOffset, byteLength / 4))),
  });
  return all;
};

test("the golden trainings agree with reference", () => {
  const [got, want] = [numbers(tfjs), numbers("reference")];
  expect(want.length).toBeGreaterThan(600);
  expect(departures({ golden: got }, { golden: want }, tolerance)).toEqual([]);
});

describe("TensorFlow's memory", () => {
  test("holds as many tensors after 1,000 steps as after one, and none when the session is closed", () => {
    const before = tfjs.tf.memory().numTensors;
    const session = open(tfjs, "adam", replicates);
    session.runAll("train");
    const first = tfjs.tf.memory().numTensors;
    expect(first).toBeGreaterThan(before);
    for (let step = 1; step < 1000; step++) {
      session.runAll("train", (step % 10) * 6);
      if (step % 100 === 0) session.run("train", 2, 6);
      if (step % 300 === 0) session.invalidate(step % 5);
    }
    expect(tfjs.tf.memory().numTensors).toBe(first);
    session.close();
    expect(tfjs.tf.memory().numTensors).toBe(before);
  });

  test("is given back when an operation fails", () => {
    const before = tfjs.tf.memory().numTensors;
    const session = createSession({
      engine: tfjs,
      programs: { look: trace((t) => ({ rows: t.exp(t.gather(t.exp(t.state("table", [4, 2])), t.stream("order", [2]))) })) },
      trials: 1,
    });
    session.view("order", 0).set([0, 9]);
    expect(() => session.run("look", 0)).toThrow("index value 9");
    session.close();
    expect(tfjs.tf.memory().numTensors).toBe(before);
  });
});

test("more than memory holds is refused in the words that mean so, and the session goes on", () => {
  const before = tfjs.tf.memory().numTensors;
  const side = 2 ** 23;
  const programs = {
    // 2⁴⁶ floats: more than a process can address.
    large: trace((t) => ({ total: t.sum(t.exp(t.add(t.state("column", [side, 1]), t.state("row", [side])))) })),
    small: trace((t) => ({ total: t.sum(t.state("row", [side])) })),
  };
  const session = createSession({ engine: tfjs, programs, trials: 1 });
  session.view("row", 0)[0] = 7;
  // TensorFlow waits ten seconds for memory that somebody may give back.
  expect(() => session.run("large", 0)).toThrow(
    expect.objectContaining({ name: "RangeError", message: expect.stringContaining("memory: run fewer trials at once") }),
  );
  session.run("small", 0);
  expect(session.view("small/total", 0)[0]).toBe(7);
  session.close();
  expect(tfjs.tf.memory().numTensors).toBe(before);
});

test("states that the host reads and writes between runs are the trials' own", () => {
  const count = trace((t) => {
    const n = t.state("n", [2]);
    t.assign(n, t.affine(n, 1, 1));
    return { twice: t.affine(n, 2) };
  });
  const session = createSession({ engine: tfjs, programs: { count }, trials: 3 });
  session.runAll("count");
  session.view("n", 1).set([10, 20]);
  session.run("count", 2);
  session.runAll("count");
  expect([0, 1, 2].map((trial) => [...session.view("n", trial)])).toEqual([
    [2, 2],
    [11, 21],
    [3, 3],
  ]);
  expect([...session.view("count/twice", 1)]).toEqual([20, 40]);
});
