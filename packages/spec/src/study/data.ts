import { z } from "zod";
import { Shape } from "./shape.ts";

/** Examples held out for selection and for the final figure; the rest trains. */
const Split = z.strictObject({
  train: z.int().positive().register(Shape, { shape: true }),
  validation: z.int().nonnegative().register(Shape, { shape: true }),
  test: z.int().nonnegative().register(Shape, { shape: true }),
});

/** 28×28 grey images in IDX files, pixels in [0, 1]. Without `split`, the files that are there decide. */
const Images = z.strictObject({
  kind: z.enum(["mnist", "fashionMnist"]).register(Shape, { shape: true }),
  split: Split.optional(),
  /** Whether images are held out to select on; default: whether the sweep selects, or reports `validation.*`. */
  validation: z.boolean().optional().register(Shape, { shape: true }),
});

/** A linear recurrent teacher h_t = W h_{t−1} + B x_t, y_t = D h_t with the student's sizes (studies.md 1a). */
const LinearRnnTeacher = z.strictObject({
  kind: z.literal("linearRnnTeacher").register(Shape, { shape: true }),
  /** How many Markov parameters D Wᵏ B have to match. */
  steps: z.int().positive().default(8).register(Shape, { shape: true }),
  /** Scale of the teacher's and the student's W: W ~ gain · N(0, 1/n). */
  gain: z.number().positive().default(0.9),
  /** Tensors in which the student starts as the teacher is. */
  shared: z.array(z.enum(["input", "recurrent", "output"])).optional(),
});

/** A feed-forward teacher with the student's sizes; Gaussian inputs, fresh ones for validation and test. */
const FeedForwardTeacher = z.strictObject({
  kind: z.literal("feedForwardTeacher").register(Shape, { shape: true }),
  split: Split.default({ train: 200, validation: 200, test: 200 }),
});

/** The no-op trial: leased, run, measured once and sealed like any other. */
const Sleep = z.strictObject({
  kind: z.literal("sleep").register(Shape, { shape: true }),
  seconds: z.number().nonnegative().default(0),
});

/** Data sets whose loaders come later; parsed so that nothing has to be renamed. */
const Later = z
  .looseObject({
    kind: z.enum(["mnist1d", "characters", "tokens", "table", "array", "series", "lowRankMatrix", "orthogonalClasses", "copyPaste", "parity"]),
  })
  .register(Shape, { shape: true });

export const Data = z.discriminatedUnion("kind", [Images, LinearRnnTeacher, FeedForwardTeacher, Sleep, Later]);
export type Data = z.infer<typeof Data>;
