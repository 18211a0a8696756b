import { z } from "zod";
import { Shape } from "./shape.ts";

const Size = z.int().positive().max(1_000_000);
const Activation = z.enum(["linear", "relu", "tanh", "sigmoid"]);

/** Dense layers; tensors `layer.<i>.weight` [out, in] and `layer.<i>.bias` [out]. Input and output sizes come from the data unless given. */
const Mlp = z.strictObject({
  kind: z.literal("mlp").register(Shape, { shape: true }),
  hidden: z.array(Size).default([128]).register(Shape, { shape: true }),
  activation: Activation.default("relu").register(Shape, { shape: true }),
  bias: z.boolean().default(true).register(Shape, { shape: true }),
  inputs: Size.optional().register(Shape, { shape: true }),
  outputs: Size.optional().register(Shape, { shape: true }),
});

/** f(x) = W_L ⋯ W_1 x, L = `depth`: an mlp of its tensors `layer.<i>.weight`, without biases and activation (studies.md 4a). */
const DeepLinear = z.strictObject({
  kind: z.literal("deepLinear").register(Shape, { shape: true }),
  depth: Size.default(3).register(Shape, { shape: true }),
  /** Of all layers but the last; default: as wide as the input. */
  width: Size.optional().register(Shape, { shape: true }),
  inputs: Size.optional().register(Shape, { shape: true }),
  outputs: Size.optional().register(Shape, { shape: true }),
});

/** h_t = W h_{t−1} + B x_t, y_t = D h_t; tensors `input` B [n, b], `recurrent` W [n, n], `output` D [d, n]. */
const LinearRnn = z.strictObject({
  kind: z.literal("linearRnn").register(Shape, { shape: true }),
  hidden: Size.default(10).register(Shape, { shape: true }),
  inputs: Size.default(2).register(Shape, { shape: true }),
  outputs: Size.default(2).register(Shape, { shape: true }),
});

/** The largest or the mean element of every `size` neighbours along each axis, without the last ones where they are fewer. */
const Pool = z.strictObject({ kind: z.enum(["max", "average"]).default("max"), size: Size.default(2) });

/** A convolution by `channels` kernels, then bias, activation and pool. */
const Convolution = z.strictObject({
  channels: Size,
  /** Extent of a kernel along each axis. */
  kernel: Size.default(3),
  stride: Size.default(1),
  /** `same`: zeros around the edges, so that a stride of 1 keeps the extents. */
  padding: z.enum(["same", "valid"]).default("same"),
  pool: Pool.optional(),
});

const convolutional = {
  layers: z.array(Convolution).min(1).register(Shape, { shape: true }),
  /** Dense layers after the convolutions. */
  hidden: z.array(Size).default([]).register(Shape, { shape: true }),
  activation: Activation.default("relu").register(Shape, { shape: true }),
  bias: z.boolean().default(true).register(Shape, { shape: true }),
  outputs: Size.optional().register(Shape, { shape: true }),
};

/**
 * Convolutions over a sequence, then dense layers; tensors `layer.<i>.weight` and `layer.<i>.bias` as of mlp, a convolution's weight being
 * [channels, kernel·channels below], one kernel a row. An input is read position after position, by default one channel for each of its numbers.
 */
const Conv1d = z.strictObject({
  kind: z.literal("conv1d").register(Shape, { shape: true }),
  ...convolutional,
  sequence: z
    .strictObject({ length: Size.optional(), channels: Size.default(1) })
    .optional()
    .register(Shape, { shape: true }),
});

/** The same over the two axes of an image, a weight being [channels, kernel·kernel·channels below]. An input is read row by row; image data know their sizes. */
const Conv2d = z.strictObject({
  kind: z.literal("conv2d").register(Shape, { shape: true }),
  ...convolutional,
  image: z
    .strictObject({ height: Size, width: Size, channels: Size.default(1) })
    .optional()
    .register(Shape, { shape: true }),
});

/**
 * h_t = g(W h_{t−1} + B x_t + b) for each of `hidden` layers (Elman 1990), y_t = D h_t + d; tensors `layer.<i>.input` B, `layer.<i>.recurrent` W,
 * `layer.<i>.bias` b, `output.weight` D, `output.bias` d. A token is one-hot, or the `embedding.weight` [embedding, tokens] that belongs to it.
 */
const Rnn = z.strictObject({
  kind: z.literal("rnn").register(Shape, { shape: true }),
  hidden: z.array(Size).check(someLayer).default([64]).register(Shape, { shape: true }),
  embedding: Size.optional().register(Shape, { shape: true }),
  activation: Activation.default("tanh").register(Shape, { shape: true }),
  bias: z.boolean().default(true).register(Shape, { shape: true }),
});

/**
 * Blocks of causal attention and two dense layers, each behind a layer norm and beside a residual path (Vaswani et al. 2017, with the norms first as
 * Xiong et al. 2020): tensors `embedding.weight`, `position.weight`, `block.<i>.attention.{query,key,value,output}`,
 * `block.<i>.feedForward.{hidden,output}`, `norm` and `output`.
 */
const Transformer = z.strictObject({
  kind: z.literal("transformer").register(Shape, { shape: true }),
  blocks: Size.default(2).register(Shape, { shape: true }),
  width: Size.default(32).register(Shape, { shape: true }),
  heads: Size.default(2).register(Shape, { shape: true }),
  /** Units between a block's two dense layers; default: four times the width. */
  feedForward: Size.optional().register(Shape, { shape: true }),
  activation: Activation.default("relu").register(Shape, { shape: true }),
  bias: z.boolean().default(true).register(Shape, { shape: true }),
});

/** P(class) = softmax(W x) of non-negative features; `hidden` layers are softmax too. Tensors as of mlp (studies.md 2a). */
const Softmax = z.strictObject({
  kind: z.literal("softmax").register(Shape, { shape: true }),
  hidden: z.array(Size).default([]).register(Shape, { shape: true }),
  bias: z.boolean().default(false).register(Shape, { shape: true }),
  inputs: Size.optional().register(Shape, { shape: true }),
  outputs: Size.optional().register(Shape, { shape: true }),
});

export const Model = z.discriminatedUnion("kind", [Mlp, DeepLinear, LinearRnn, Conv1d, Conv2d, Rnn, Transformer, Softmax]);
export type Model = z.infer<typeof Model>;

/** A bound in the schema would part this list of layers from those of other models, which may be empty. */
function someLayer({ value, issues }: z.core.ParsePayload<number[]>): void {
  if (value.length === 0) issues.push({ code: "custom", input: value, message: "is empty: give the units of one layer or more" });
}
