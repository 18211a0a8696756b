import type { StudyInput } from "@allot/spec";
import { expect, test } from "vitest";
import { train } from "./testing/studies.ts";

const testAccuracy = (study: StudyInput): number[] => train(study, { replicates: 3, engine: "wasm" }).finals.map((metrics) => metrics["test.accuracy"]!);

test.each(["final", "running"] as const)("a small recurrent network learns the %s parity of up to 6 bits", (target) => {
  const accuracy = testAccuracy({
    data: { kind: "parity", target, length: { from: 2, to: 6 }, split: { train: 500, validation: 0, test: 200 } },
    model: { kind: "rnn", hidden: [24] },
    optimizer: { kind: "adam", learningRate: 0.01, epochs: 30, batch: 50 },
  });
  expect(Math.min(...accuracy)).toBeGreaterThan(0.99);
});

/** Of 6 symbols, with or without attention. */
const copying = (model: StudyInput["model"]): number[] =>
  testAccuracy({
    data: { kind: "copyPaste", vocabulary: 6, length: { from: 6, to: 6 }, split: { train: 1000, validation: 0, test: 200 } },
    model,
    optimizer: { kind: "adam", learningRate: 0.003, epochs: 6, batch: 50 },
  });

test("a small transformer copies what a recurrent network of as many weights and the same steps copies worse", () => {
  const attentive = copying({ kind: "transformer", blocks: 1, width: 24, heads: 2 });
  const recurrent = copying({ kind: "rnn", hidden: [80] });
  expect(Math.min(...attentive)).toBeGreaterThan(0.99);
  expect(Math.max(...recurrent)).toBeLessThan(Math.min(...attentive) - 0.05);
});
