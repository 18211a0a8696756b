import { z } from "zod";
import { present, Shape } from "./shape.ts";

/** Where the fixed weights of a partly or wholly frozen tensor come from (studies.md 5a). */
export const Fixed = z.strictObject({
  distribution: z.enum(["normal", "uniform", "binary", "ternary", "mexicanHat"]).default("normal"),
  /** `unitVariance`: the pre-activations have variance 1 on the training set; or a factor on that scale. */
  gain: z.union([z.literal("unitVariance"), z.number().positive()]).default("unitVariance"),
});
export type Fixed = z.infer<typeof Fixed>;

const bias = z.boolean().register(Shape, { shape: true });
const fixed = Fixed.optional();
const rank = z.int().positive().register(Shape, { shape: true });

const multiplier = z.number().nonnegative().default(0).register(Shape, present);

const strategy = <const T extends string>(...names: T[]) => z.enum(names).register(Shape, { shape: true });
/** Which entries a mask picks is data: all masks are one program. */
const mask = <const T extends string>(...names: T[]) => z.enum(names).register(Shape, { shape: () => "mask" });

/** What the scope's tensors are made of, where a mask is over something else than their own entries: over all that is trained of it. */
const over = z
  .discriminatedUnion("strategy", [
    z.strictObject({ strategy: strategy("rowScale", "colScale") }),
    z.strictObject({ strategy: strategy("lowRank", "mixRandom"), rank }),
    z.strictObject({ strategy: strategy("factor"), rank, multiplier }),
  ])
  .optional();

const masked = { over, bias: bias.default(false), fixed };

/** Exactly one of the two says how many entries of the scope learn. */
const budget = {
  count: z.int().nonnegative().optional(),
  fraction: z.number().min(0).max(1).optional(),
  /** Learn the whole scope when it is smaller than `count`, instead of an error. */
  cap: z.boolean().default(false),
  ...masked,
};

const counted = [
  "uniform",
  "spread",
  "row",
  "col",
  "neuron",
  "block",
  "diag",
  "banded",
  "lower",
  "upper",
  "magnitude",
  "smallest",
  "saliency",
  "rankGreedy",
] as const;
const inner = z.enum(counted).default("uniform");

const Mask = z.strictObject({
  strategy: mask(...counted),
  ...budget,
});
const Bernoulli = z.strictObject({ strategy: mask("bernoulli"), fraction: z.number().min(0).max(1), ...masked });
const PerUnit = z.strictObject({ strategy: mask("perRow", "perCol"), perUnit: z.int().nonnegative(), ...masked });
/** All of the budget in the named tensors of the scope. */
const Matrix = z.strictObject({ strategy: mask("matrix"), tensors: z.array(z.string()).min(1), inner, ...budget });
/** Shares of the budget per tensor by largest remainder, `inner` within each. */
const Split = z.strictObject({
  strategy: mask("split"),
  weights: z.record(z.string(), z.number().nonnegative()),
  inner,
  ...budget,
});

function oneBudget({ value, issues }: z.core.ParsePayload<{ strategy: string; count?: number | undefined; fraction?: number | undefined }>): void {
  if ((value.count === undefined) !== (value.fraction === undefined)) return;
  const message =
    value.count === undefined
      ? `${value.strategy} needs count (how many weights learn) or fraction (which share of them)`
      : "has both count and fraction: keep one";
  issues.push({ code: "custom", input: value, message });
}

const Full = z.strictObject({ strategy: strategy("full"), bias: bias.default(true) });
/** Never trained; `bias: true` still trains the layer's bias. */
const Frozen = z.strictObject({ strategy: strategy("frozen"), bias: bias.default(false), fixed });
/** diag(u) R with fixed R: one trained scale per unit, with `bias` the half unit of studies.md 5a. */
const Scale = z.strictObject({ strategy: strategy("rowScale", "colScale"), bias: bias.default(false), fixed });
/** `lowRank`: R + A B with fixed R, A and B of rank `rank`; `mixRandom`: Z A with fixed Z (studies.md 6.2). */
const LowRank = z.strictObject({ strategy: strategy("lowRank", "mixRandom"), rank, bias: bias.default(true), fixed });
/** U C Vᵀ with trained C [2·rank, 2·rank]; the outer factors at the scope's ends learn at `multiplier` times the learning rate (studies.md 4a). */
const Factor = z.strictObject({ strategy: strategy("factor"), rank, multiplier });

/**
 * One rule; the key of `allocation` is a glob on tensor names and everything it matches is the rule's scope.
 * Where two keys match a tensor, the more specific one has it (an exact name, then the glob with more literal
 * characters): the order of a mapping means nothing to an API server and is not in a trial's identity.
 */
export const AllocationRule = z.discriminatedUnion("strategy", [
  Full,
  Frozen,
  Scale,
  Mask.check(oneBudget),
  Bernoulli,
  PerUnit,
  Matrix.check(oneBudget),
  Split.check(oneBudget),
  LowRank,
  Factor,
]);
export type AllocationRule = z.infer<typeof AllocationRule>;

export const Allocation = z.record(z.string().min(1), AllocationRule);
export type Allocation = z.infer<typeof Allocation>;
