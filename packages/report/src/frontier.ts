import type { ArmSummary, Frontier } from "./summary.ts";

/** What `frontierOf` compares. */
export interface FrontierOptions {
  readonly headline: string;
  readonly direction: "maximize" | "minimize";
  readonly tradeoff: { readonly metric: string; readonly direction: "maximize" | "minimize" };
}

/** The headline metric against a tradeoff for every arm that has both; undefined when fewer than two differ in the tradeoff. */
export function frontierOf(arms: readonly ArmSummary[], { headline, direction, tradeoff }: FrontierOptions): Frontier | undefined {
  const qualitySign = direction === "maximize" ? 1 : -1;
  const costSign = tradeoff.direction === "maximize" ? 1 : -1;
  const points = arms.flatMap(({ index, metrics, measured }) => {
    const quality = metrics[headline]?.mean;
    const cost = (metrics[tradeoff.metric] ?? measured[tradeoff.metric])?.mean;
    return typeof quality === "number" && typeof cost === "number" ? [{ arm: index, cost, quality, std: metrics[headline]?.std ?? null }] : [];
  });
  if (new Set(points.map(({ cost }) => cost)).size < 2) return undefined;
  // From the cheapest on, a point is optimal when it is better than every cheaper one.
  const order = [...points].sort((a, b) => costSign * (b.cost - a.cost) || qualitySign * (b.quality - a.quality) || a.arm - b.arm);
  const optimal = new Set<number>();
  let best = Number.NEGATIVE_INFINITY;
  let last: { cost: number; quality: number } | undefined;
  for (const point of order) {
    const equalToLast = last !== undefined && point.cost === last.cost && point.quality === last.quality;
    if (qualitySign * point.quality > best || equalToLast) {
      best = qualitySign * point.quality;
      last = point;
      optimal.add(point.arm);
    }
  }
  return { metric: tradeoff.metric, direction: tradeoff.direction, points: points.map((point) => ({ ...point, optimal: optimal.has(point.arm) })) };
}
