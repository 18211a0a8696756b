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

/** h_t = W h_{t−1} + B x_t, y_t = D h_t; tensors `input` B [n, b], `recurrent` W [n, n], `output` D [d, n]. */
const LinearRnn = z.strictObject({
  kind: z.literal("linearRnn").register(Shape, { shape: true }),
  hidden: Size.default(10).register(Shape, { shape: true }),
  inputs: Size.default(2).register(Shape, { shape: true }),
  outputs: Size.default(2).register(Shape, { shape: true }),
});

const Later = z
  .looseObject({
    kind: z.enum(["rnn", "deepLinear", "softmax", "conv1d", "conv2d", "transformer"]),
  })
  .register(Shape, { shape: true });

export const Model = z.discriminatedUnion("kind", [Mlp, LinearRnn, Later]);
export type Model = z.infer<typeof Model>;
