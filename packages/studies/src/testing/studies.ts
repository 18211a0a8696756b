import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Stream, Study, type StudyInput } from "@allot/spec";
import { deriveKey, type EngineName } from "@allot/tensor";
import { compose } from "../compose.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Run, TrialSetup } from "../run/run.ts";

/** A replicate of a study as tests write it: streams derived from the replicate's number. */
export const setupOf = (input: StudyInput, replicate = 0): TrialSetup => {
  const root = replicate.toString(16).padStart(16, "0");
  const key = (stream: Stream): string => deriveKey(root, stream);
  const streams = {
    data: key("data"),
    teacher: key("teacher"),
    fixed: key("fixed"),
    mask: key("mask"),
    init: key("init"),
    guide: key("guide"),
    order: key("order"),
  };
  return { study: Study.parse(input), streams };
};

/** Trains and finishes replicates of a study in one session, measuring on the way. */
export const train = (
  input: StudyInput,
  o: { replicates: number; engine?: EngineName; dataset?: Dataset },
): { finals: Record<string, number>[]; curves: Record<string, number>[][] } => {
  const trials = Array.from({ length: o.replicates }, (_, replicate) => setupOf(input, replicate));
  const run = compose({ trials, dataset: o.dataset, engine: o.engine ?? "reference" });
  try {
    const curves = trials.map((_, trial) => curveOf(run, trial));
    return { finals: trials.map((_, trial) => run.finish(trial)), curves };
  } finally {
    run.close();
  }
};

const curveOf = (run: Run, trial: number): Record<string, number>[] =>
  run.measureAt.map((step) => {
    run.advance(trial, step);
    return run.measure(trial);
  });

/** What `action` throws; undefined where it does not. */
export const thrown = (action: () => unknown): unknown => {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
};

/** The middle value, or the mean of the two. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle - 0.5)]! + sorted[Math.floor(middle)]!) / 2;
};

export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** An IDX file of bytes with the given dimensions. */
export const idxFile = (dimensions: readonly number[], values: Uint8Array): Uint8Array => {
  const header = 4 + 4 * dimensions.length;
  const file = new Uint8Array(header + values.length);
  const view = new DataView(file.buffer);
  view.setUint32(0, 0x0800 + dimensions.length);
  for (const [i, dimension] of dimensions.entries()) view.setUint32(4 + 4 * i, dimension);
  file.set(values, header);
  return file;
};

const side = 28;

/**
 * A pair of IDX files that looks like MNIST: each of `count` images has a bright
 * bar whose row says its class, under noise.
 */
export const generatedImages = (part: "train" | "t10k", count: number): Record<string, Uint8Array> => {
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
  const pixels = Uint8Array.from({ length: count * side * side }, (_, at) => {
    const row = Math.floor((at % (side * side)) / side);
    const bright = Math.floor(row / 2.8) === labels[Math.floor(at / (side * side))];
    const noise = Math.imul(at + 1, 0x9e3779b1) >>> 24;
    return bright ? noise : (3 * noise) >>> 2;
  });
  return {
    [`${part}-images-idx3-ubyte`]: idxFile([count, side, side], pixels),
    [`${part}-labels-idx1-ubyte`]: idxFile([count], labels),
  };
};

/**
 * The real MNIST test files of the folder that ALLOT_DATA names, or generated
 * ones of the same format where there are none.
 */
export const mnistTestFiles = (folder: string | undefined): Record<string, Uint8Array> => {
  const names = ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];
  const paths = names.map((name) => join(folder ?? "", "mnist", `${name}.gz`));
  if (folder === undefined || !paths.every((path) => existsSync(path))) return generatedImages("t10k", 10_000);
  return Object.fromEntries(names.map((name, i) => [name, new Uint8Array(readFileSync(paths[i]!))]));
};
