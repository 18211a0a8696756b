import * as fc from "fast-check";
import { type Program, ProgramError, type Tensor } from "../program.ts";
import { ShapeError } from "../shape.ts";
import { type Tracer, trace } from "../trace.ts";

/** One randomly chosen operation; operands are picked from what exists, by position. */
interface Choice {
  readonly op: string;
  readonly a: number;
  readonly b: number;
  readonly flag: boolean;
  readonly number: number;
}

type Builder = (t: Tracer, a: Tensor, b: Tensor, choice: Choice) => Tensor;

/** Smooth operations only: rounding must not decide on which side of a kink a value lies. */
const builders: Readonly<Record<string, Builder>> = {
  add: (t, a, b) => t.add(a, b),
  sub: (t, a, b) => t.sub(a, b),
  mul: (t, a, b) => t.mul(t.tanh(a), b),
  div: (t, a, b) => t.div(a, t.affine(t.square(t.tanh(b)), 1, 1)),
  matmul: (t, a, b, { flag }) => t.affine(t.matmul(a, b, { transposeB: flag }), 0.3),
  matmulA: (t, a, b, { flag }) => t.matmul(t.transpose(a), b, { transposeB: flag }),
  tanh: (t, a) => t.tanh(a),
  sigmoid: (t, a) => t.sigmoid(a),
  exp: (t, a) => t.exp(t.tanh(a)),
  square: (t, a) => t.square(t.sigmoid(a)),
  neg: (t, a) => t.neg(a),
  softmax: (t, a) => t.softmax(a),
  affine: (t, a, _, { number }) => t.affine(a, number, -number),
  sum: (t, a, _, { flag, number }) => t.affine(t.sum(a, number > 0 ? [0] : [a.shape.length - 1], flag), 0.5),
  reshape: (t, a) => t.reshape(a, a.shape.toReversed()),
  transpose: (t, a) => t.transpose(a),
  slice: (t, a, _, { flag }) => t.slice(a, { axis: flag ? 0 : 1, start: 1, size: a.shape[flag ? 0 : 1]! - 1 }),
  concat: (t, a, b, { flag }) => t.concat([a, b], flag ? 0 : 1),
  fill: (t, a, _, { number }) => t.fill(number, a.shape),
};

/** The float slots of every random program and their sizes. */
export const randomSlots: Readonly<Record<string, number>> = { table: 36, weights: 16, frozen: 16, bias: 4, rates: 2 };

/** Traces the choices whose shapes fit, with the gradients of the mean square of the last value, and a step along them. */
export function randomProgram(choices: readonly Choice[]): Program {
  return trace((t) => {
    const [weights, bias] = [t.state("weights", [4, 4]), t.state("bias", [4])];
    const rows = t.gather(t.shared("table", [9, 4]), t.stream("order", [4]));
    const pool: Tensor[] = [weights, bias, t.constant("frozen", [4, 4]), rows];
    for (const choice of choices) {
      const [a, b] = [pool[choice.a % pool.length]!, pool[pool.length - 1 - (choice.b % pool.length)]!];
      const made = attempt(() => builders[choice.op]!(t, a, b, choice));
      if (made !== undefined) pool.push(made);
    }
    const loss = t.mean(t.square(t.tanh(pool[pool.length - 1]!)));
    const [forWeights, forBias] = t.gradients(loss, [weights, bias]);
    const rates = t.scalars("rates", 2);
    t.sgd(weights, forWeights!, rates);
    t.assign(bias, t.sub(bias, t.affine(forBias!, 0.1)));
    const outputs = pool.slice(4).map((x, i) => [`value${i}`, x] as const);
    return { loss, forWeights: forWeights!, forBias: forBias!, weights, ...Object.fromEntries(outputs) };
  });
}

function attempt(make: () => Tensor): Tensor | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof ShapeError || error instanceof ProgramError) return undefined;
    throw error;
  }
}

/** Lists of choices, most of which fit. */
export const choices: fc.Arbitrary<Choice[]> = fc.array(
  fc.record({
    op: fc.constantFrom(...Object.keys(builders)),
    a: fc.nat(12),
    b: fc.nat(5),
    flag: fc.boolean(),
    number: fc.constantFrom(1, -1, 0, 0.5, 2),
  }),
  { minLength: 1, maxLength: 14 },
);
