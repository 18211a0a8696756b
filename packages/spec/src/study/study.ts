import { z } from "zod";
import { Allocation } from "./allocation.ts";
import { Data } from "./data.ts";
import { Initialiser } from "./initialiser.ts";
import { Model } from "./model.ts";
import { TaskObjective } from "./objective.ts";
import { Optimizer } from "./optimizer.ts";
import { Probe, probeMetrics } from "./probes.ts";
import { Shape } from "./shape.ts";

export const streams = ["data", "teacher", "fixed", "mask", "init", "guide", "order"] as const;
/** A named random stream (studies.md 6.4). */
export type Stream = (typeof streams)[number];

/** The built-in trainer: seven factors and how they are computed. */
export const Study = z
  .strictObject({
    data: Data,
    model: Model.optional(),
    allocation: Allocation.default({}),
    initialiser: Initialiser.default({}),
    objective: TaskObjective.prefault({}),
    optimizer: Optimizer.optional(),
    /** Bounded, so that an API server can bound what the rules for a probe cost it. */
    probes: z.array(Probe).max(32).default([]).register(Shape, { shape: true }),
    /** Evaluate and report every so many steps; default once per epoch, or 20 times in `steps`. */
    measureEvery: z.int().positive().optional().register(Shape, { shape: true }),
    /** Evaluate and report after these updates instead, and at the end; 0 is before training. */
    measureAt: z.array(z.int().nonnegative()).min(1).optional().register(Shape, { shape: true }),
    /** A stream pinned to its own seed; the root seed comes from `replicates`. */
    seeds: z.partialRecord(z.enum(streams), z.int().nonnegative()).default({}),
    engine: z.enum(["auto", "reference", "wasm", "tfjs"]).default("auto").register(Shape, { shape: true }),
    dtype: z.enum(["f32", "f64"]).default("f32").register(Shape, { shape: true }),
  })
  .check(doublePrecision, complete, measuring);
export type Study = z.infer<typeof Study>;
/** A study as written in a manifest, before defaults. */
export type StudyInput = z.input<typeof Study>;

type Checked = z.core.ParsePayload<{
  probes: Probe[];
  measureEvery?: number | undefined;
  measureAt?: number[] | undefined;
  data: Data;
  model?: Model | undefined;
  optimizer?: Optimizer | undefined;
  engine: string;
  dtype: string;
}>;

/** Only `reference` computes in f64. */
function doublePrecision({ value, issues }: Checked): void {
  const closed = value.optimizer?.kind === "leastSquares" || value.optimizer?.kind === "levenbergMarquardt";
  if (closed && value.dtype !== "f64") {
    issues.push({
      code: "custom",
      input: value,
      path: ["optimizer", "kind"],
      message: `${value.optimizer?.kind} needs dtype: f64, and dtype is ${value.dtype}`,
    });
  }
  if ((closed || value.dtype === "f64") && value.engine !== "reference" && value.engine !== "auto") {
    const who = closed ? value.optimizer?.kind : "dtype f64";
    issues.push({ code: "custom", input: value, path: ["engine"], message: `${who} needs engine: reference or auto, and engine is ${value.engine}` });
  }
}

/** Everything but the no-op trial trains a model. */
function complete({ value, issues }: Checked): void {
  if (value.data.kind === "sleep") return;
  for (const field of ["model", "optimizer"] as const) {
    if (value[field] === undefined) issues.push({ code: "custom", input: value, path: [field], message: `missing: training on ${value.data.kind} needs it` });
  }
}

/** One way to say when, and every metric of a probe has its own name. */
function measuring({ value, issues }: Checked): void {
  const { measureAt, measureEvery, probes } = value;
  if (measureAt !== undefined && measureEvery !== undefined)
    issues.push({ code: "custom", input: value, path: ["measureAt"], message: "has both measureAt and measureEvery: keep one" });
  const named = probes.flatMap((probe, index) => probeMetrics(probe).map((name) => ({ name, index })));
  for (const { name, index } of named.filter(({ name: own }, at) => named.findIndex((other) => other.name === own) < at)) {
    const mended = "metric" in probes[index]! ? "give one of them a name with `as`" : "keep one";
    const message = `another probe reports ${name} already: ${mended}`;
    issues.push({ code: "custom", input: probes[index], path: ["probes", index], message });
  }
}
