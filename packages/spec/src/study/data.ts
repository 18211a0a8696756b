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
  /** Only so many of the training images, the first of the permutation; the other parts stay. */
  examples: z.int().positive().optional().register(Shape, { shape: true }),
  /** The mean of every `pool` × `pool` pixels; default: pixels as they are. */
  pool: z
    .union([z.literal(2), z.literal(4), z.literal(7), z.literal(14)])
    .optional()
    .register(Shape, { shape: true }),
  /** `l1`: each input divided by its sum; `binary`: 1 above ½; `standard`: each pixel by its mean and deviation over the training images; `standardChannel`: by those of all their pixels. Default: none. */
  featureNorm: z.enum(["none", "l1", "binary", "standard", "standardChannel"]).optional().register(Shape, { shape: true }),
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

/** Every program has room for the longest sequence; shorter ones are filled up, and what fills them does not count. */
const Lengths = z.strictObject({ from: z.int().positive(), to: z.int().positive().max(1000).register(Shape, { shape: true }) }).check(({ value, issues }) => {
  if (value.from > value.to) issues.push({ code: "custom", input: value, message: `from must not be above to: got from ${value.from} and to ${value.to}` });
});

const SequenceSplit = Split.default({ train: 2000, validation: 500, test: 500 });

/** A sequence, a separator, then as many blanks, at which the sequence has to be put out again. */
const CopyPaste = z.strictObject({
  kind: z.literal("copyPaste").register(Shape, { shape: true }),
  /** Different symbols, beside the separator and the blank. */
  vocabulary: z.int().min(2).max(1_000_000).default(10).register(Shape, { shape: true }),
  length: Lengths.default({ from: 20, to: 40 }),
  split: SequenceSplit,
});

/** Bits, of which the parity has to be put out: at the end of the sequence, or at every bit that of all so far. */
const Parity = z.strictObject({
  kind: z.literal("parity").register(Shape, { shape: true }),
  target: z.enum(["final", "running"]).default("final"),
  length: Lengths.default({ from: 2, to: 50 }),
  split: SequenceSplit,
});

/** The no-op trial: leased, run, measured once and sealed like any other. */
const Sleep = z.strictObject({
  kind: z.literal("sleep").register(Shape, { shape: true }),
  seconds: z.number().nonnegative().default(0),
});

/**
 * The characters before one, to tell which it is. Features are ones: `cat` has a block of `vocabulary` for each of the `radius` characters, the nearest
 * first, `sum` one block for all. The text is cut in order, so that no part sees another's characters.
 */
const Characters = z.strictObject({
  kind: z.literal("characters").register(Shape, { shape: true }),
  /** In the data folder's `text/`. */
  file: z
    .string()
    .regex(/^[\w.-]+$/)
    .describe("a file's name")
    .default("tinyshakespeare.txt")
    .register(Shape, { shape: true }),
  /** The most frequent characters of the training part; where it has more, the last of these stands for all others. */
  vocabulary: z.int().min(2).max(65_536).register(Shape, { shape: true }),
  radius: z.int().positive().default(2).register(Shape, { shape: true }),
  aggregation: z.enum(["cat", "sum"]).default("cat").register(Shape, { shape: true }),
  split: Split.default({ train: 100_000, validation: 20_000, test: 20_000 }),
});

/**
 * A Gaussian matrix Φ [rows, columns] truncated to a rank, as what a model makes of the unit vectors: data that are whitened, X Xᵀ = I and
 * Φ = Y Xᵀ (studies.md 4a). With `observed` below 1 it is completed from a random share of its entries, and the others test.
 */
const LowRankMatrix = z.strictObject({
  kind: z.literal("lowRankMatrix").register(Shape, { shape: true }),
  rows: z.int().positive().default(30).register(Shape, { shape: true }),
  /** Default: as many as rows. */
  columns: z.int().positive().optional().register(Shape, { shape: true }),
  rank: z.int().positive(),
  /** The share of its entries that are known. */
  observed: z
    .number()
    .positive()
    .max(1)
    .default(1)
    .register(Shape, { shape: (value) => value !== 1 }),
});

/** `perClass` examples of each class, as many numbers in each as there are examples, all of them orthogonal to each other (studies.md 4a). */
const OrthogonalClasses = z.strictObject({
  kind: z.literal("orthogonalClasses").register(Shape, { shape: true }),
  classes: z.int().min(2).default(5).register(Shape, { shape: true }),
  perClass: z.int().positive().default(10).register(Shape, { shape: true }),
});

/** Data sets whose loaders come later; parsed so that nothing has to be renamed. */
const Later = z
  .looseObject({
    kind: z.enum(["mnist1d", "tokens", "table", "array", "series"]),
  })
  .register(Shape, { shape: true });

export const Data = z.discriminatedUnion("kind", [
  Images,
  LinearRnnTeacher,
  FeedForwardTeacher,
  LowRankMatrix,
  OrthogonalClasses,
  CopyPaste,
  Parity,
  Characters,
  Sleep,
  Later,
]);
export type Data = z.infer<typeof Data>;
