import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Program } from "../program.ts";
import { deriveKey, normals } from "../random.ts";
import { createSession, type Engine } from "../session.ts";
import { departures } from "../testing/departures.ts";
import { choices, randomProgram, randomSlots } from "../testing/random-programs.ts";
import { tensorFlow } from "../testing/tensorflow.ts";

const tfjs = await tensorFlow();
const trials = [0, 1, 2];

/** Outputs and states of three trials after two runs. */
function results(program: Program, engine: Engine): Record<string, number[]> {
  const session = createSession({ engine, programs: { program }, trials: trials.length, streams: { order: 8 } });
  for (const trial of trials) {
    for (const [slot, size] of Object.entries(randomSlots)) {
      session.view(slot, trial).set(normals(deriveKey("7a4d000000000001", slot === "table" ? slot : `${slot} ${trial}`), size).map((x) => 0.5 * x));
    }
    session.view("order", trial).set([3, 1, 4, 1, 5, 8, 2, 6].map((row) => (row + trial) % 9));
  }
  session.runAll("program", 0);
  session.runAll("program", 4);
  const names = [...Object.keys(program.outputs).map((name) => `program/${name}`), "weights", "bias"];
  const found = Object.fromEntries(names.flatMap((name) => trials.map((trial) => [`${name} of trial ${trial}`, [...session.view(name, trial)]])));
  session.close();
  return found;
}

test("random programs compute on tfjs what they compute on reference, and leave nothing behind", () => {
  const before = tfjs.tf.memory().numTensors;
  fc.assert(
    fc.property(choices, (chosen) => {
      const program = randomProgram(chosen);
      expect(departures(results(program, tfjs), results(program, "reference"), 1e-4)).toEqual([]);
    }),
    { numRuns: 60, seed: 20261127 },
  );
  expect(tfjs.tf.memory().numTensors).toBe(before);
});
