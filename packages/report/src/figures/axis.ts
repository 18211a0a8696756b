import * as Plot from "@observablehq/plot";
import { decadeTicks, spansDecades } from "./canvas.ts";

/** A position axis whose pixels are known before anything is drawn, so that labels can be kept apart. */
export interface Axis {
  readonly type: "log" | "linear";
  readonly domain: [number, number];
  readonly ticks: number | number[];
  /** Value to pixel. */
  readonly at: (value: number) => number;
  /** Pixel to value. */
  readonly from: (pixel: number) => number;
}

/** An axis with some room around its values; logarithmic over many decades unless told. */
export function axis(values: readonly number[], { from, to, log = spansDecades(values) }: { from: number; to: number; log?: boolean }): Axis {
  const smallest = Math.min(...values);
  const largest = Math.max(...values);
  const room = (largest - smallest) * 0.08 || Math.abs(largest) * 0.05 || 1;
  const low = smallest >= 0 && smallest - room < 0 ? 0 : smallest - room;
  const type = log ? "log" : "linear";
  const domain: [number, number] = log ? [smallest / 1.6, largest * 1.6] : [low, largest + room];
  const scale = Plot.scale({ x: { type, domain, range: [from, to] } });
  return { type, domain, ticks: log ? decadeTicks(domain) : 6, at: (value) => Number(scale.apply(value)), from: (pixel) => Number(scale.invert?.(pixel)) };
}
