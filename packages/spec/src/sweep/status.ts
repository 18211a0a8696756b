import { z } from "zod";

const count = z.int().nonnegative().max(Number.MAX_SAFE_INTEGER);
/** RFC 3339 in UTC, as Kubernetes writes it. */
const time = z.iso.datetime().describe("a time such as 2026-01-31T12:00:00Z");

/** What is true of a sweep now: Accepted, Progressing, Suspended, Complete, Failed, and Reconciling and Stalled for kstatus. */
export const Condition = z.strictObject({
  type: z.string().min(1).max(316),
  status: z.enum(["True", "False", "Unknown"]),
  /** One word for machines. */
  reason: z
    .string()
    .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/)
    .max(1024)
    .describe("a word such as NoSuchBucket"),
  /** A sentence for people, with the fix where there is one. */
  message: z.string().max(32_768),
  /** When `status` last changed. */
  lastTransitionTime: time,
  observedGeneration: count.optional(),
});
export type Condition = z.infer<typeof Condition>;

/** How many trials are in each state: the states add up to `total`; `dropped` points never became trials. */
const Trials = z.strictObject({
  total: count.optional(),
  pending: count.optional(),
  running: count.optional(),
  succeeded: count.optional(),
  pruned: count.optional(),
  failed: count.optional(),
  dropped: count.optional(),
});

const Lanes = z.strictObject({
  wanted: count.optional(),
  active: count.optional(),
  /** Of the Job that holds the lanes: its name ends in it. */
  generation: count.optional(),
});

/** The arm with the best mean of the objective over its replicates. */
const Best = z.strictObject({
  arm: z.string().max(4096),
  mean: z.number(),
  /** Half the width of the 95 % interval of the mean. */
  halfWidth: z.number().nonnegative().optional(),
  replicates: count,
  /** What the printer column shows, such as `0.974 ±0.003`. */
  text: z.string().max(64).optional(),
});

/** The last stage that has begun. */
const Stage = z.strictObject({
  name: z.string().max(253),
  /** Counted from 1, and how many there are. */
  number: count,
  of: count,
  /** That it trains. */
  arms: count,
});

/** What the controller saw of a sweep; its size does not depend on how many trials there are. */
export const SweepStatus = z.strictObject({
  observedGeneration: count.optional(),
  conditions: z.array(Condition).max(16).optional(),
  trials: Trials.optional(),
  /** Ended and all trials, `k/n`. */
  progress: z.string().max(64).optional(),
  stage: Stage.optional(),
  lanes: Lanes.optional(),
  best: Best.optional(),
  estimatedCompletionTime: time.optional(),
  /** Where the sweep's results are in the store. */
  results: z.string().max(2048).optional(),
  /** What `engine: auto` became. */
  engine: z.string().max(64).optional(),
  /** The Kueue queue the lanes wait in. */
  queue: z.string().max(253).optional(),
  /** Of the condition that matters most now. */
  reason: z.string().max(1024).optional(),
  /** When the sweep was first accepted; from then on the API server refuses changes of what decides its trials. */
  startTime: time.optional(),
  completionTime: time.optional(),
});
export type SweepStatus = z.infer<typeof SweepStatus>;
