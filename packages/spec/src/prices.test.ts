import { expect, it } from "vitest";
import { cpusOf, gpusOf, hourlyPrice } from "./prices.ts";

it.each([
  [{ limits: {}, requests: {} }, 1, 0],
  [{ limits: { cpu: 4 }, requests: { cpu: "500m" } }, 0.5, 0],
  [{ limits: { cpu: "2", "nvidia.com/gpu": 2 }, requests: {} }, 2, 2],
])("of %j there are %d CPUs and %d GPUs", (resources, cpus, gpus) => {
  expect(cpusOf(resources)).toBeCloseTo(cpus, 12);
  expect(gpusOf(resources)).toBe(gpus);
});

it("an hour costs what is taken of each, and nothing is said of it where no price is set", () => {
  const share = { cpus: 4, gpus: 1 };
  expect(hourlyPrice({ cpuHour: 0.25, gpuHour: 2, currency: "USD" }, share)).toBe(3);
  expect(hourlyPrice({ gpuHour: 2, currency: "USD" }, share)).toBe(2);
  expect(hourlyPrice({ currency: "USD" }, share)).toBeUndefined();
});
