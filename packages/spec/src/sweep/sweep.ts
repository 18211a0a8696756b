import { z } from "zod";
import { WrittenStudy } from "../study/written.ts";
import { Json, Parameter, Zip } from "./parameters.ts";

const Direction = z.enum(["maximize", "minimize"]);

const Objective = z.strictObject({
  metric: z.string().min(1),
  direction: Direction,
  tradeoffs: z.array(z.strictObject({ metric: z.string().min(1), direction: Direction })).default([]),
});

/** Any program in any image (design 6, Trainers). */
const Command = z.strictObject({
  image: z.string().min(1).optional(),
  args: z.array(z.string()).min(1),
  version: z.string().optional(),
  sources: z.array(z.string()).optional(),
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

const Claim = z.strictObject({
  id: z.string().min(1),
  metric: z.string().min(1),
  arms: z.array(z.record(z.string(), Json)).min(1).max(2),
  reduce: z.enum(["mean", "median", "rate"]).default("mean"),
  comparator: z.enum([">", ">=", "<", "<=", "=="]),
  margin: z.number().default(0),
  minSeeds: z.int().positive().optional(),
  paired: z.boolean().default(true),
});

const Budget = z.strictObject({
  trials: z.int().positive().optional(),
  gpuHours: z.number().positive().optional(),
  wallClock: z
    .string()
    .regex(/^([0-9]+(s|m|h|d))+$/)
    .describe("a duration such as 90m or 1d12h")
    .optional(),
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

const DataSource = z.strictObject({
  name: z.string().min(1),
  persistentVolumeClaim: z.strictObject({ claimName: z.string().min(1), path: z.string().optional() }).optional(),
  s3: z
    .strictObject({
      uri: z.string().startsWith("s3://").describe("an address such as s3://bucket/key"),
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .describe("64 hex digits"),
    })
    .optional(),
  image: z.string().optional(),
});

const Retries = z.strictObject({
  preempted: z.int().nonnegative().default(20),
  infrastructure: z.int().nonnegative().default(3),
  outOfMemory: z.enum(["shrinkPack", "never"]).default("shrinkPack"),
  diverged: z.enum(["never", "once"]).default("never"),
});

const Prices = z.strictObject({
  cpuHour: z.number().nonnegative().optional(),
  gpuHour: z.number().nonnegative().optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .describe("a currency of three capital letters such as USD")
    .default("USD"),
});

const Execution = z.strictObject({
  /** Worker processes or pods; default: one per core on a laptop. */
  lanes: z.int().positive().max(10_000).optional(),
  /** Trials held at once by the engine: a number as text, or auto, or off (one). */
  packing: z.union([z.enum(["auto", "off"]), z.int().positive()]).default("auto"),
  determinism: z.enum(["strict", "fast"]).default("strict"),
  resources: z
    .strictObject({
      limits: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
      requests: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
    })
    .prefault({}),
  data: z.array(DataSource).default([]),
  template: z.record(z.string(), Json).optional(),
  retries: Retries.prefault({}),
  prices: Prices.prefault({}),
});

export const SweepSpec = z.strictObject({
  objective: Objective,
  trainer: Trainer,
  parameters: z.array(z.union([Zip, Parameter])).default([]),
  /** CEL; a point is kept where all of them are true. */
  constraints: z.array(z.string().min(1).describe("a CEL expression")).default([]),
  design: z.enum(["full", "oneFactorAtATime", "leaveOneOut", "pairs", "random"]).default("full"),
  /** For `design: random`: how many points are drawn. */
  samples: z.int().positive().optional(),
  baseline: z.record(z.string(), Json).default({}),
  replicates: z
    .strictObject({
      count: z.int().positive().default(1),
      seed: z.int().nonnegative().default(0),
      over: z.enum(["all", "fixed", "mask", "init", "order"]).default("all"),
    })
    .prefault({}),
  stages: z.array(Stage).default([]),
  stopping: Stopping.prefault({}),
  claims: z.array(Claim).default([]),
  upstream: z.record(z.string(), Json).default({}),
  derive: z.array(z.record(z.string(), Json)).default([]),
  budget: Budget.prefault({}),
  artifacts: Artifacts.prefault({}),
  execution: Execution.prefault({}),
  suspend: z.boolean().default(false),
});
export type SweepSpec = z.infer<typeof SweepSpec>;

const Metadata = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/)
    .max(63)
    .describe("a name of at most 63 lower-case letters, digits and hyphens, with a letter or digit at both ends"),
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
