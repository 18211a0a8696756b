import { expect, it } from "vitest";
import type { JobCost } from "./job.ts";
import type { Speed } from "./speed.ts";
import { verdicts } from "./targets.ts";

const speed = (peer: Speed["peer"], rate: number, more: Partial<Speed> = {}): Speed => ({ workload: "rnn", trials: 64, peer, rate, deviation: 0, ...more });
const job = (trials: number, cpu: number): JobCost => ({
  workload: "rnn",
  trials,
  ours: { wall: 9, cpu },
  torch: { wall: 99, cpu: 36 },
});

it("compares with the faster of several, at 64 trials", () => {
  const speeds = [speed("wasm", 1000), speed("JAX", 400), speed("torch bmm", 800), speed("torch vmap", 1250), speed("JAX", 9000, { trials: 8 })];
  expect(verdicts({ speeds, jobs: [] })).toEqual([
    { what: "JAX, jit and vmap", workload: "rnn", ratio: 2.5, least: 2, met: true },
    { what: "PyTorch, the faster of bmm and func.vmap", workload: "rnn", ratio: 0.8, least: 1, met: false },
  ]);
});

it("compares jobs of 64 by CPU time", () => {
  expect(verdicts({ speeds: [], jobs: [job(8, 1), job(64, 4)] })).toEqual([
    { what: "a PyTorch process per trial, whole job", workload: "rnn", ratio: 9, least: 12, met: false },
  ]);
});

it("says nothing of workloads without a target", () => {
  expect(verdicts({ speeds: [speed("wasm", 1, { workload: "half" }), speed("JAX", 1, { workload: "half" })], jobs: [] })).toEqual([]);
});
