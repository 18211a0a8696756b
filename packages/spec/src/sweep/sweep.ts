import { z } from "zod";
import { WrittenStudy } from "../study/written.ts";
import { Claim } from "./claim.ts";
import { Command } from "./command.ts";
import { Derived } from "./derive.ts";
import { Duration } from "./duration.ts";
import { Execution } from "./execution.ts";
import { Json, Parameter, Zip } from "./parameters.ts";

const Direction = z.enum(["maximize", "minimize"]);

const Objective = z.strictObject({
  metric: z.string().min(1),
  direction: Direction,
  tradeoffs: z.array(z.strictObject({ metric: z.string().min(1), direction: Direction })).default([]),
});

const Trainer = z.strictObject({ study: WrittenStudy.optional(), command: Command.optional() });

const Stage = z.strictObject({
  name: z.string().min(1),
  set: z.record(z.string(), Json).default({}),
  keep: z.strictObject({ top: z.int().positive() }).optional(),
});

const Stopping = z.strictObject({
  rule: z.enum(["none", "median", "successiveHalving", "seedRacing"]).default("none"),
  minResource: z.int().positive().optional(),
  maxResource: z.int().positive().optional(),
  reductionFactor: z.number().gt(1).optional(),
  alpha: z.number().gt(0).lt(1).optional(),
});

const Budget = z.strictObject({
  trials: z.int().positive().max(1_000_000_000_000).optional(),
  gpuHours: z.number().positive().optional(),
  wallClock: Duration.optional(),
  failedTrials: z
    .union([
      z.int().nonnegative(),
      z
        .string()
        .regex(/^[0-9]+(\.[0-9]+)?%$/)
        .describe("a share such as 5%"),
    ])
    .optional(),
});

const Artifacts = z.strictObject({
  weights: z.enum(["none", "best", "promoted", "all"]).default("none"),
  checkpoints: z.enum(["none", "last"]).default("none"),
  probes: z.boolean().default(true),
});

export const SweepSpec = z.strictObject({
  objective: Objective,
  trainer: Trainer,
  parameters: z
    .array(z.union([Zip, Parameter]))
    .max(128)
    .default([]),
  /** CEL; a point is kept where all of them are true. */
  constraints: z.array(z.string().min(1).describe("a CEL expression")).default([]),
  design: z.enum(["full", "oneFactorAtATime", "leaveOneOut", "pairs", "random"]).default("full"),
  /** For `design: random`: how many points are drawn. */
  samples: z.int().positive().optional(),
  baseline: z.record(z.string(), Json).default({}),
  replicates: z
    .strictObject({
      count: z.int().positive().max(1_000_000).default(1),
      seed: z.int().nonnegative().default(0),
      over: z.enum(["all", "fixed", "mask", "init", "order"]).default("all"),
      /** An A/A check: the baseline is trained a second time on the same seeds. */
      noiseFloor: z.boolean().optional(),
    })
    .prefault({}),
  stages: z.array(Stage).default([]),
  stopping: Stopping.prefault({}),
  claims: z.array(Claim).default([]),
  upstream: z.record(z.string(), Json).default({}),
  derive: z.array(Derived).max(16).default([]),
  budget: Budget.prefault({}),
  artifacts: Artifacts.prefault({}),
  execution: Execution.prefault({}),
  suspend: z.boolean().default(false),
  /** How long after its end the Sweep object is removed; its results stay. Default: never. */
  ttlSecondsAfterFinished: z.int().nonnegative().max(2_147_483_647).optional(),
});
export type SweepSpec = z.infer<typeof SweepSpec>;

/** Lanes are pods `<name>-<generation>-<lane>`, and a host's name has 63 characters: that leaves five digits for each generation and four for each lane. */
const longestName = 52;

const Metadata = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/)
    .max(longestName)
    .describe("a name of at most 52 lower-case letters, digits and hyphens, with a letter or digit at both ends"),
  namespace: z.string().optional(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
});

/** The whole study, as a researcher writes it. */
export const Sweep = z.strictObject({
  apiVersion: z.literal("allot.dev/v1alpha1"),
  kind: z.literal("Sweep"),
  metadata: Metadata,
  spec: SweepSpec,
});
export type Sweep = z.infer<typeof Sweep>;
