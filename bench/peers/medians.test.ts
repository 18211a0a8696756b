import { expect, it } from "vitest";
import type { JobCost } from "./job.ts";
import { medianJobs, medianSpeeds } from "./medians.ts";
import type { Speed } from "./speed.ts";

const speed = (peer: Speed["peer"], rate: number, deviation: number): Speed => ({ workload: "rnn", trials: 64, peer, rate, deviation });
const job = (ours: number, torch: number): JobCost => ({
  workload: "rnn",
  trials: 64,
  ours: { cpu: ours, wall: 2 * ours },
  torch: { cpu: torch, wall: 2 * torch },
});

it("has the median of each rate and the largest deviation", () => {
  const once = { ...speed("JAX", 5, 0), trials: 8 };
  const runs = [
    [speed("wasm", 100, 0), once, speed("JAX", 9, 1e-6)],
    [speed("wasm", 300, 0), speed("JAX", 7, 3e-6)],
    [speed("wasm", 200, 0), speed("JAX", 8, 2e-6)],
  ];
  expect(medianSpeeds(runs)).toEqual([speed("wasm", 200, 0), once, speed("JAX", 8, 3e-6)]);
});

it("has the median of each cost", () => {
  expect(medianJobs([[job(1, 30)], [job(3, 10)], [job(2, 20)]])).toEqual([job(2, 20)]);
});
