import type { Measurements } from "@allot/ledger";
import { mean, quantile, sampleStd } from "@allot/stats";
import type { BlockSelection } from "./selection.ts";
import type { CurveFigure, CurvePoint } from "./summary.ts";

/** Arms a figure shows at most, and points a curve keeps. */
const ARMS = 24;
const POINTS = 120;

interface Slot {
  readonly arm: number;
  readonly block: number;
  readonly replicate: number;
}

/** By metric, arm, step: one value a block and replicate. */
type Grid = Map<string, Map<number, Map<number, Float64Array>>>;

/** What `gatherCurves` needs. */
export interface CurveOptions {
  readonly measurements: AsyncIterable<Measurements> | Iterable<Measurements>;
  /** By arm. */
  readonly selections: ReadonlyMap<number, readonly BlockSelection[]>;
  readonly metrics: readonly string[];
  readonly replicates: number;
}

/** The arms whose curves are kept: the first 24 and, among them, every control of theirs. */
export function curveArms(arms: readonly { index: number; control: number | null }[]): number[] {
  const kept = new Set<number>();
  for (const { index, control } of arms) {
    const wanted = control === null ? [index] : [control, index];
    const added = wanted.filter((arm) => !kept.has(arm));
    if (kept.size + added.length <= ARMS) for (const arm of added) kept.add(arm);
  }
  return [...kept].sort((a, b) => a - b);
}

/**
 * Mean, sample std and quartiles by step of each arm's chosen trials. Values are slotted by replicate before they are summed, so the order in which
 * segments arrive doesn't show. Where blocks have different steps only the common ones are drawn.
 */
export async function gatherCurves(options: CurveOptions): Promise<CurveFigure[]> {
  const slots = slotsOf(options);
  const wanted = new Set(options.metrics);
  const grid: Grid = new Map();
  for await (const { trial, metric, step, value } of options.measurements) {
    for (let i = 0; i < trial.length; i++) {
      const slot = slots.get(trial[i]!);
      if (slot === undefined || !wanted.has(metric[i]!)) continue;
      const blocks = options.selections.get(slot.arm)!.length;
      cellOf(grid, { metric: metric[i]!, arm: slot.arm, step: step[i]!, size: blocks * options.replicates })[slot.block * options.replicates + slot.replicate] =
        value[i]!;
    }
  }
  return options.metrics.flatMap((metric) => {
    const arms = [...(grid.get(metric) ?? [])].sort(([a], [b]) => a - b);
    const drawn = arms.map(([arm, steps]) => ({ arm, points: downsample(points(steps, options.replicates)) })).filter(({ points: p }) => p.length > 1);
    return drawn.length === 0 ? [] : [{ metric, arms: drawn }];
  });
}

function slotsOf({ selections, replicates }: CurveOptions): Map<number, Slot> {
  const slots = new Map<number, Slot>();
  for (const [arm, blocks] of selections) {
    blocks.forEach(({ firstTrial }, block) => {
      for (let replicate = 0; replicate < replicates; replicate++) slots.set(firstTrial + replicate, { arm, block, replicate });
    });
  }
  return slots;
}

function cellOf(grid: Grid, at: { metric: string; arm: number; step: number; size: number }): Float64Array {
  const arms = grid.get(at.metric) ?? new Map<number, Map<number, Float64Array>>();
  grid.set(at.metric, arms);
  const steps = arms.get(at.arm) ?? new Map<number, Float64Array>();
  arms.set(at.arm, steps);
  const cell = steps.get(at.step) ?? new Float64Array(at.size).fill(Number.NaN);
  steps.set(at.step, cell);
  return cell;
}

function points(steps: ReadonlyMap<number, Float64Array>, replicates: number): CurvePoint[] {
  return [...steps]
    .sort(([a], [b]) => a - b)
    .flatMap(([step, cell]) => {
      const blocks = cell.length / replicates;
      const values = Array.from({ length: replicates }, (_, r) => mean(Array.from({ length: blocks }, (__, b) => cell[b * replicates + r]!)));
      const finite = values.filter((value) => Number.isFinite(value));
      if (finite.length === 0) return [];
      const std = sampleStd(finite);
      const sorted = Float64Array.from(finite).sort();
      const quartiles = [quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)] as const;
      return [{ step, mean: mean(finite), std: Number.isFinite(std) ? std : null, quartiles, replicates: finite.length }];
    });
}

/** Evenly spaced points, the first and the last among them. */
function downsample(all: readonly CurvePoint[]): CurvePoint[] {
  if (all.length <= POINTS) return [...all];
  return Array.from({ length: POINTS }, (_, i) => all[Math.round((i * (all.length - 1)) / (POINTS - 1))]!);
}
