import { describe, expect, test } from "vitest";
import { createBuilder } from "./builder.ts";
import { operationNames } from "./infer.ts";
import { createOps } from "./ops.ts";
import type { OpName, Program } from "./program.ts";
import { createSession, type EngineName, type Session } from "./session.ts";
import { classifier, fillClassifier, outputsOf } from "./testing/classifier.ts";
import { convolutional, trainConvolutional } from "./testing/convolutional.ts";
import { cases, drawCase } from "./testing/operation-cases.ts";

const optimisers = ["sgd", "momentum", "adam", "rmsprop"] as const;
const engines: EngineName[] = ["reference", "wasm"];
const computed = operationNames.filter((op) => cases[op] !== undefined);
/** Made by simplification and lowering, or read as a slot: inside other cases. */
const inside: OpName[] = ["state", "constant", "shared", "stream", "scalars", "fill", "copy", "matmulAdd", "gate"];

function operationProgram(op: OpName, round: number): Program {
  const builder = createBuilder();
  const ops = createOps(builder);
  const drawn = drawCase(op, round);
  const inputs = drawn.inputs.map(({ shape, dtype }, i) => ops.apply({ op: "state", name: `x${i}`, shape, dtype }, []));
  const out = cases[op]!.build(ops, inputs, drawn);
  const weights = ops.apply({ op: "constant", name: "weights", shape: [1], dtype: "float" }, []);
  return { nodes: builder.nodes, outputs: { out: out.id, weights: weights.id }, effects: [] };
}

describe("wasm computes what reference computes", () => {
  test("every operation has a case", () => {
    expect([...computed, ...inside].sort()).toEqual([...operationNames].sort());
  });

  for (const op of computed) {
    test.each([0, 1, 2])(`${op}, shapes %i`, (round) => {
      const [reference, wasm] = engines.map((engine) => {
        const session = createSession({ engine, programs: { op: operationProgram(op, round) }, trials: 1 });
        drawCase(op, round).fill((slot) => session.view(slot, 0));
        session.run("op", 0);
        return session.view("op/out", 0);
      });
      reference!.forEach((value, i) =>
        expect(Math.abs(wasm![i]! - value), `element ${i}: ${wasm![i]} against ${value}`).toBeLessThan(4e-6 * (1 + Math.abs(value))),
      );
    });
  }

  test("convolutions and pools after 30 steps", () => {
    const [reference, wasm] = engines.map((engine) => convolved(engine, [0], 30)[0]!);
    expect(reference!.at(-4)).toBeLessThan(0.9 * reference![0]!);
    reference!.forEach((value, i) => expect(Math.abs(wasm![i]! - value), `${i}`).toBeLessThan(1e-3 * (1 + Math.abs(value))));
  });

  test.each(optimisers)("%s, a classifier after 60 steps", (optimiser) => {
    const first = outputsOf(trained({ engine: "reference", optimiser, trials: 1 }, [0], 1), 0).loss[0]!;
    const [reference, wasm] = engines.map((engine) => outputsOf(trained({ engine, optimiser, trials: 1 }, [0], 60), 0));
    expect(reference!.loss[0]).toBeLessThan(0.8 * first);
    for (const name of ["loss", "logits", "hidden"] as const) {
      reference![name].forEach((value, i) => expect(Math.abs(wasm![name][i]! - value), `${name} ${i}`).toBeLessThan(5e-4 * (1 + Math.abs(value))));
    }
  });
});

interface Trained {
  readonly engine: EngineName;
  readonly optimiser: Parameters<typeof classifier>[0];
  readonly trials: number;
}

/** A session whose trials hold replicates `replicates`, trained in turns. */
function trained({ engine, optimiser, trials }: Trained, replicates: readonly number[], steps: number): Session {
  const session = createSession({ engine, programs: { train: classifier(optimiser) }, trials, streams: { batch: 60 } });
  replicates.forEach((replicate, trial) => fillClassifier(session, { trial, replicate, optimiser }));
  for (let step = 0; step < steps; step++) {
    for (let trial = 0; trial < trials; trial++) session.run("train", trial, (step % 10) * 6);
  }
  return session;
}

function convolved(engine: EngineName, replicates: readonly number[], steps: number): number[][] {
  const session = createSession({ engine, programs: { train: convolutional }, trials: replicates.length, streams: { batch: 20 } });
  return trainConvolutional(session, { replicates, steps });
}

describe("a trial's bits do not depend on its pack-mates", () => {
  for (const engine of engines) {
    test(`${engine}, convolutions: three together and each alone`, () => {
      const replicates = [0, 1, 2];
      const together = convolved(engine, replicates, 12);
      expect(together).toEqual(replicates.map((replicate) => convolved(engine, [replicate], 12)[0]));
      expect(new Set(together.map(([loss]) => loss)).size).toBe(3);
    });

    test.each(optimisers)(`${engine}, %s: five together and each alone`, (optimiser) => {
      const replicates = [0, 1, 2, 3, 4];
      const packed = trained({ engine, optimiser, trials: 5 }, replicates, 25);
      const losses = replicates.map((replicate) => {
        const alone = trained({ engine, optimiser, trials: 1 }, [replicate], 25);
        expect(outputsOf(packed, replicate)).toEqual(outputsOf(alone, 0));
        return outputsOf(alone, 0).loss[0]!;
      });
      expect(new Set(losses).size).toBe(5);
    });
  }
});

describe("the step loop of wasm allocates nothing", () => {
  const sessions: [string, Program, number][] = [
    ["a classifier", classifier("adam"), 6],
    ["convolutions", convolutional, 4],
  ];
  test.each(sessions)("the heap does not grow over 20,000 runs of %s", (_, program, batch) => {
    const session = createSession({ engine: "wasm", programs: { train: program }, trials: 3, streams: { batch: 5 * batch } });
    const run = (count: number): void => {
      for (let i = 0; i < count; i++) session.run("train", i % 3, (i % 5) * batch);
    };
    run(2_000);
    const grown = [0, 1, 2].map(() => {
      const before = process.memoryUsage().heapUsed;
      run(20_000);
      return process.memoryUsage().heapUsed - before;
    });
    // One number on the heap per run would be 240,000 bytes. The compiler and the test runner allocate now and then: the best of three.
    expect(Math.min(...grown.map(Math.abs))).toBeLessThan(60_000);
  });
});
