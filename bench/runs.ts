/** What several runs of a bench have in the middle. */
import { cpus, loadavg, totalmem } from "node:os";
import { systemClock } from "../packages/runtime/src/index.ts";

/** The middle value, or the mean of both. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.floor(sorted.length / 2)]!) / 2;
}

/** As many as `--runs` says, at least one. Throws Error that names what is wrong. */
export function runsOf(written: string | undefined): number {
  if (written === undefined) return 1;
  if (!/^[1-9]\d?$/.test(written)) throw new Error(`--runs ${written}: name a whole number from 1 to 99`);
  return Number(written);
}

/** Date, processor, memory and load, for a reader of the figures. */
export function machine(runs: number): string {
  const [load] = loadavg();
  const date = new Date(systemClock.now()).toISOString().slice(0, 10);
  const of = runs > 1 ? `, medians of ${runs} runs` : "";
  return `${date}, ${cpus().length} × ${cpus()[0]?.model.trim()}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, load ${load!.toFixed(0)}${of}`;
}
