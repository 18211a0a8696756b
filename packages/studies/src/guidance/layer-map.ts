import type { Guidance } from "@allot/spec";

/** A layer of the network that learns and the guide's that it is compared with. */
export interface Pair {
  readonly target: number;
  readonly guide: number;
}

/** The nearest whole number; the even one of two as near. */
const halfToEven = (x: number): number => {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
};

/** Guide layer i → target layer i·(targets − 1)/(guides − 1), rounded; where several meet, the last has the place (studies.md 3a). */
const uniform = (guides: number, targets: number): Pair[] => {
  const spread = guides > 1 ? (targets - 1) / (guides - 1) : 1;
  const placed = new Map<number, number>();
  for (let guide = 0; guide < guides; guide++) placed.set(Math.min(halfToEven(guide * spread), targets - 1), guide);
  return [...placed].map(([target, guide]) => ({ target, guide })).toSorted((a, b) => a.target - b.target);
};

/** The pairs that a term compares, of a guide and a target with so many layers below their outputs. */
export const layerMap = (layers: Guidance["layers"], guides: number, targets: number): readonly Pair[] => {
  if (layers === "first") return [{ target: 0, guide: 0 }];
  if (layers === "last") return [{ target: targets - 1, guide: guides - 1 }];
  return layers === "uniform" ? uniform(guides, targets) : layers;
};
