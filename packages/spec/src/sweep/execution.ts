import { z } from "zod";
import { Json } from "./parameters.ts";

/** Of an object of the cluster: a DNS subdomain. */
const objectName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/)
  .describe("a Kubernetes name of lower-case letters, digits, hyphens and dots");

const image = z
  .string()
  .max(1024)
  .regex(/^[^\s]+$/)
  .describe("an image such as registry.example/team/worker:1.2");

/** Files the trials read; mounted read-only and checked before the first trial. Exactly one of the three says where they are. */
const DataSource = z.strictObject({
  /** Of the folder the trials see, and of the volume `data-<name>`. */
  name: z
    .string()
    .max(50)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
    .describe("a name of at most 50 lower-case letters, digits and hyphens"),
  persistentVolumeClaim: z
    .strictObject({
      claimName: objectName,
      /** A folder inside the volume; default: the volume itself. */
      path: z
        .string()
        .max(1024)
        .regex(/^[^/\s.][^/\s]*(\/[^/\s.][^/\s]*)*$/)
        .describe("a folder inside the volume such as images/mnist")
        .optional(),
    })
    .optional(),
  s3: z
    .strictObject({
      uri: z
        .string()
        .max(2048)
        .regex(/^s3:\/\/.+$/)
        .describe("an address such as s3://bucket/key"),
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .describe("64 hex digits"),
    })
    .optional(),
  image: image.optional(),
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

/** As Kubernetes writes quantities. A fraction is text: `500m`, `"0.5"`. */
const quantity = z
  .union([
    z.int().nonnegative(),
    z
      .string()
      .max(64)
      .regex(/^([0-9]+|[0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+|[numkMGTPE]|[KMGTPE]i)?$/),
  ])
  .describe('a quantity such as 1, 500m, 16Gi or "0.5"');

/** Lanes: how many, on what, with which image, store and data. */
export const Execution = z.strictObject({
  /** Worker processes or pods; default: one per core on a laptop. */
  lanes: z.int().positive().max(10_000).optional(),
  /** Trials held at once by the engine: a number as text, or auto, or off (one). */
  packing: z.union([z.enum(["auto", "off"]), z.int().positive()]).default("auto"),
  determinism: z.enum(["strict", "fast"]).default("strict"),
  /** The lanes' image; default: the install's. */
  image: image.optional(),
  imagePullPolicy: z.enum(["Always", "IfNotPresent", "Never"]).optional(),
  /** Secrets in the sweep's namespace that the image is pulled with. */
  imagePullSecrets: z
    .array(z.strictObject({ name: objectName }))
    .max(32)
    .default([]),
  /** A Secret in the sweep's namespace whose keys are the store's variables (ALLOT_STORE, AWS_ACCESS_KEY_ID, …); default: `allot-store`, or the install's. */
  store: z.strictObject({ secretName: objectName }).optional(),
  resources: z.strictObject({ limits: z.record(z.string(), quantity).default({}), requests: z.record(z.string(), quantity).default({}) }).prefault({}),
  data: z.array(DataSource).max(64).default([]),
  /** A strategic merge patch of the lanes' PodTemplate. */
  template: z.record(z.string(), Json).optional(),
  retries: Retries.prefault({}),
  prices: Prices.prefault({}),
});
