import { createSession, type Engine, trace } from "@allot/tensor";

const trials = 2;
const shapes = { x: [64, 32], w: [32, 16], y: [64, 16] } as const;

/** A linear layer's product and the gradient of its mean squared error: what most of a training is. */
const program = trace((t) => {
  const w = t.state("w", shapes.w);
  const product = t.matmul(t.constant("x", shapes.x), w);
  const loss = t.mean(t.square(t.sub(product, t.constant("y", shapes.y))));
  const [gradient] = t.gradients(loss, [w]);
  return { product, gradient: gradient! };
});

/** Small whole numbers: every product and sum of the program is exact in any precision that a GPU multiplies in, TF32 too. */
const numbersAt = (trial: number, length: number): number[] => Array.from({ length }, (_, i) => ((i * 7 + trial) % 5) - 2);

const outputsOf = (engine: Engine): Record<"product" | "gradient", number[]> => {
  const session = createSession({ engine, programs: { layer: program }, trials });
  const everyTrial = Array.from({ length: trials }, (_, trial) => trial);
  try {
    for (const trial of everyTrial) {
      for (const name of Object.keys(shapes)) {
        const values = session.view(name, trial);
        values.set(numbersAt(trial, values.length));
      }
    }
    session.runAll("layer");
    const of = (output: string): number[] => everyTrial.flatMap((trial) => [...session.view(`layer/${output}`, trial)]);
    return { product: of("product"), gradient: of("gradient") };
  } finally {
    session.close();
  }
};

/** How far an engine's matrix product and gradient are at most from those of the reference engine: 0 where it computes rightly. */
export const tryEngine = (engine: Engine): Readonly<Record<"product" | "gradient", number>> => {
  const [found, wanted] = [outputsOf(engine), outputsOf("reference")];
  const error = (output: "product" | "gradient"): number => Math.max(...found[output].map((value, i) => Math.abs(value - wanted[output][i]!)));
  return { product: error("product"), gradient: error("gradient") };
};
