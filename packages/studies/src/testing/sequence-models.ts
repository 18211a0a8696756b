/** For tests: small recurrent networks and transformers, with values that are anything. */
import { createSession, deriveKey, type EngineName, normals, type Program, type Session, trace } from "@allot/tensor";
import type { Positions } from "../models/positions.ts";
import { rnn } from "../models/rnn.ts";
import { type FeedForward, sizeOf, type TensorSpec, type TokenModel } from "../models/tensors.ts";
import { transformer } from "../models/transformer.ts";
import { crossEntropy } from "../objectives/cross-entropy.ts";
import { full } from "../parametrisation/full.ts";
import type { Drawn, Parametrisation } from "../parametrisation/parametrisation.ts";
import { parametrised } from "../parametrisation/parametrised.ts";

export const [rows, length] = [2, 4];
const tokens: Positions = { length, width: 5, of: "tokens", outputs: 4 };
const vectors: Positions = { length, width: 6, of: "vectors", outputs: 4 };
export const recurrent = { hidden: [4, 6], activation: "tanh", bias: true } as const;
export const attentive = { blocks: 2, width: 4, heads: 2, feedForward: 5, activation: "sigmoid", bias: true } as const;

/** A model of sequences and what it reads. */
export interface Sequencing {
  readonly says: string;
  readonly positions: Positions;
  readonly model: TokenModel | FeedForward;
}

export const models: readonly Sequencing[] = [
  { says: "recurrent, of one-hot tokens", positions: tokens, model: rnn({ ...recurrent, positions: tokens }) },
  { says: "recurrent, of embedded tokens", positions: tokens, model: rnn({ ...recurrent, positions: tokens, embedding: 4 }) },
  { says: "recurrent, of vectors, without biases", positions: vectors, model: rnn({ ...recurrent, positions: vectors, bias: false }) },
  { says: "a transformer of tokens", positions: tokens, model: transformer({ ...attentive, positions: tokens }) },
  { says: "a transformer of vectors, without biases", positions: vectors, model: transformer({ ...attentive, positions: vectors, bias: false }) },
];

const key = (name: string): string => deriveKey("0000000000000007", name);

/** Any values, also where the model would start from zeros or ones. */
export const drawn = ({ name, shape }: TensorSpec): Float64Array => {
  return normals(key(name), sizeOf(shape)).map((z) => z / 2);
};

const sequences = [1, 0, 4, 2, 3, 3, 0, 1];
export const inputsOf = ({ of, width }: Positions): ArrayLike<number> => (of === "tokens" ? sequences : normals(key("inputs"), rows * length * width));

/** A tensor as it is trained. */
export interface Made {
  readonly tensor: TensorSpec;
  readonly parametrisation: Parametrisation;
  readonly masked?: boolean;
}

/** Logits, their cross-entropy, and its gradients by everything that learns. */
const programOf = ({ model, positions }: Sequencing, made: readonly Made[]): Program =>
  trace((t) => {
    const bound = made.map(({ tensor, parametrisation, masked }) => ({ name: tensor.name, ...parametrised(tensor, parametrisation, masked).bind(t) }));
    const isTokens = positions.of === "tokens";
    const x = isTokens ? t.shared("x", [rows, length], "index") : t.shared("x", [rows, length * positions.width]);
    const logits = model.forward(t, new Map(bound.map(({ name, effective }) => [name, effective])), x);
    const { loss } = crossEntropy(t, logits, t.shared("labels", [logits.shape[0]!], "index"));
    const learnable = bound.flatMap((one) => one.learnable);
    const gradients = t.gradients(
      loss,
      learnable.map(({ tensor }) => tensor),
    );
    return { logits, loss, ...Object.fromEntries(learnable.map(({ name }, i) => [`by ${name}`, gradients[i]!])) };
  });

export const opened = (engine: EngineName, one: Sequencing, made: readonly Made[]): Session => {
  const session = createSession({ engine, programs: { it: programOf(one, made) }, trials: 1 });
  session.view("x", 0).set(inputsOf(one.positions));
  session.view("labels", 0).forEach((_, i, labels) => labels.set([(3 * i + 1) % 4], i));
  const anything: Omit<Drawn, "value" | "gradient"> = {
    normals: (part, count) => normals(key(part), count),
    fixed: ([m, n]) => normals(key("fixed"), m * n),
    gain: () => 1,
  };
  for (const { tensor, parametrisation, masked = false } of made) {
    const parts = parametrisation.start({ ...anything, value: drawn(tensor), gradient: () => normals(key("gradient"), sizeOf(tensor.shape)) });
    const masks = new Map([[tensor.name, Uint8Array.from({ length: sizeOf(tensor.shape) }, (_, i) => (i % 3 === 0 ? 1 : 0))]]);
    for (const [slot, values] of parametrised(tensor, parametrisation, masked).start({ parts, masks }))
      session.view(slot, 0).set(slot.endsWith(":left") ? normals(key(slot), values.length) : values); // lowRank starts at zeros
  }
  session.invalidate();
  session.run("it", 0);
  return session;
};

export const allFull = ({ model }: Sequencing): Made[] => model.tensors.map((tensor) => ({ tensor, parametrisation: full(tensor) }));
