import type { TensorFlow } from "@allot/tensor";
import { loadTfjsNode } from "@allot/testbed";
import { expect, it } from "vitest";
import { tryEngine } from "./try-engine.ts";

it("finds no error in engines that compute rightly", async () => {
  const tf = (await loadTfjsNode()) as TensorFlow;
  expect(tryEngine("wasm")).toEqual({ product: 0, gradient: 0 });
  expect(tryEngine({ name: "tfjs", tf })).toEqual({ product: 0, gradient: 0 });
});

it("finds the error of one that does not", async () => {
  const tf = (await loadTfjsNode()) as TensorFlow;
  const off: TensorFlow = { ...tf, matMul: (...args) => tf.add(tf.matMul(...args), 0.25) };
  expect(tryEngine({ name: "tfjs", tf: off })).toEqual({ product: 0.25, gradient: expect.toSatisfy((error: number) => error > 0) });
});
