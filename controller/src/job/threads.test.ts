import { expect, it } from "vitest";
import { sweepWith } from "../testing/sweeps.ts";
import { laneThreads } from "./threads.ts";

it.each([
  [{ requests: { cpu: "4" } }, 4],
  [{ requests: { cpu: 3 }, limits: { cpu: "8" } }, 3],
  [{ limits: { cpu: "2500m" } }, 2],
  [{ requests: { cpu: "500m" } }, 1],
  [{ requests: { cpu: "3000000u" } }, 3],
  [{ requests: { cpu: "0.02e2" } }, 2],
  [{ requests: { cpu: "1Ki" } }, 1024],
  [{}, 1],
  [{ requests: { cpu: "4" }, limits: { "nvidia.com/gpu": 1 } }, 1],
])("a lane with resources %j has %d threads", (resources, threads) => {
  expect(laneThreads(sweepWith({ execution: { resources } }))).toBe(threads);
});
