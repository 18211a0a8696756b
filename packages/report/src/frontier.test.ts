import * as fc from "fast-check";
import { expect, test } from "vitest";
import { frontierOf } from "./frontier.ts";
import type { ArmSummary, Spread } from "./summary.ts";

function spread(mean: number): Spread {
  return { mean, std: null, replicates: 1 };
}

/** How much better a is than b. */
function gain(a: number, b: number, direction: string): number {
  return direction === "maximize" ? a - b : b - a;
}

function arms(points: readonly { quality: number; cost: number }[]): ArmSummary[] {
  return points.map(({ quality, cost }, index) => ({
    index,
    name: `${index}`,
    label: `${index}`,
    labels: {},
    control: null,
    counts: { succeeded: 1, failed: 0, pruned: 0, pending: 0 },
    choices: [],
    metrics: { quality: spread(quality), cost: spread(cost) },
    measured: {},
    comparisons: {},
    byReplicate: [],
    finding: "",
  }));
}

test("an arm is on the front when and only when no other is at least as good in both and better in one", () => {
  const point = fc.record({ quality: fc.integer({ min: 0, max: 6 }), cost: fc.integer({ min: 0, max: 6 }) });
  const directions = fc.constantFrom("maximize" as const, "minimize" as const);
  fc.assert(
    fc.property(fc.array(point, { minLength: 2, maxLength: 12 }), directions, directions, (points, up, cheap) => {
      const want = points.map(
        (p) =>
          !points.some((o) => {
            const [q, c] = [gain(o.quality, p.quality, up), gain(o.cost, p.cost, cheap)];
            return q >= 0 && c >= 0 && q + c > 0;
          }),
      );
      const found = frontierOf(arms(points), { headline: "quality", direction: up, tradeoff: { metric: "cost", direction: cheap } });
      const different = new Set(points.map(({ cost }) => cost)).size > 1;
      expect(found?.points.map(({ optimal }) => optimal)).toEqual(different ? want : undefined);
    }),
  );
});
