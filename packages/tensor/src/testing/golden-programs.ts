/** For tests: programs with fixed inputs whose results are compared bit by bit between Node versions. */
import { cos, exp, log, log1p, pow, sigmoid, sin, tanh } from "../elementary.ts";
import type { Program, Tensor } from "../program.ts";
import { deriveKey, type Key, normals, permutation, uniforms } from "../random.ts";
import { createSession, type Engine, type EngineName, type Session } from "../session.ts";
import { trace } from "../trace.ts";
import { convolutional, trainConvolutional } from "./convolutional.ts";

const KEY: Key = "60c0ffee00000001";
const STEPS = 300;

/** What a hash takes bytes by; given by the caller, as this package imports nothing. */
export interface ByteSink {
  update(bytes: Uint8Array): unknown;
}

function update(hash: ByteSink, values: Float64Array | Float32Array | Int32Array): void {
  hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

function draws(hash: ByteSink): void {
  update(hash, uniforms(deriveKey(KEY, "uniform"), 5001));
  update(hash, normals(deriveKey(KEY, "normal"), 5001));
  update(hash, permutation(deriveKey(KEY, "permutation"), 5001));
}

function elementary(hash: ByteSink): void {
  const x = normals(deriveKey(KEY, "elementary"), 4000).map((value) => 8 * value);
  for (const f of [exp, tanh, sigmoid, sin, cos]) update(hash, x.map(f));
  for (const f of [log, log1p, (value: number) => pow(value, 2.7 - value)])
    update(
      hash,
      x.map((value) => f(Math.abs(value))),
    );
}

/** A classifier with every operation that has a transcendental kernel, trained by Adam on rows drawn from shared data. */
function perceptron(): Program {
  return trace((t) => {
    const batch = t.stream("order", [19]);
    const x = t.gather(t.shared("images", [190, 30]), batch); // [19, 30]
    const labels = t.gather(t.shared("labels", [190], "index"), batch); // [19]
    const [first, bias, second] = [t.state("first", [30, 23]), t.state("bias", [23]), t.state("second", [23, 7])];
    const parameters = [first, bias, second];
    const hidden = t.relu(t.add(t.matmul(x, first), bias)); // [19, 23]
    const logits = t.matmul(t.add(t.tanh(hidden), t.sigmoid(hidden)), second); // [19, 7]
    const size = t.mean(t.log(t.affine(t.exp(t.neg(hidden)), 1, 1)));
    const loss = t.add(t.mean(t.crossEntropy(logits, labels)), t.affine(size, 0.1));
    const gradients = t.gradients(loss, parameters);
    parameters.forEach((parameter, i) => {
      const moment = (name: string): Tensor => t.state(`${name}${i}`, parameter.shape);
      t.adam(parameter, gradients[i]!, moment("m"), moment("v"), t.scalars("optimiser", 5));
    });
    return { loss, logits };
  });
}

/** A masked linear recurrent network, trained by gradient descent through time. */
function recurrent(): Program {
  return trace((t) => {
    const [steps, batch, size] = [6, 10, 21];
    const weights = t.state("recurrent", [size, size]);
    const effective = t.mul(weights, t.constant("mask", [size, size]));
    const inputs = t.constant("inputs", [steps * batch, 3]);
    const encoded = t.matmul(inputs, t.constant("encoder", [3, size])); // [steps·batch, size]
    let h = t.fill(0, [batch, size]);
    for (let step = 0; step < steps; step++) {
      h = t.add(t.matmul(h, effective), t.slice(encoded, { axis: 0, start: step * batch, size: batch }));
    }
    const decoder = t.state("decoder", [size, 2]);
    const loss = t.mean(t.square(t.sub(t.matmul(h, decoder), t.constant("targets", [batch, 2]))));
    const [forWeights, forDecoder] = t.gradients(loss, [weights, decoder]);
    t.sgd(weights, forWeights!, t.scalars("optimiser", 2));
    t.momentum(decoder, forDecoder!, t.state("velocity", [size, 2]), t.scalars("momentum", 3));
    return { loss };
  });
}

/** Gives every float slot normal numbers of standard deviation 0.3. */
function fill(session: Session, slots: readonly string[]): void {
  for (const slot of slots) {
    const view = session.view(slot, 0);
    view.set(normals(deriveKey(KEY, slot), view.length).map((value) => 0.3 * value));
  }
}

/** Trains both networks and writes their losses and what is left of them. */
export function trained(engine: Engine, hash: ByteSink): void {
  const mlp = createSession({ engine, programs: { train: perceptron() }, trials: 1, streams: { order: 190 } });
  fill(mlp, ["images", "first", "bias", "second"]);
  mlp.view("labels", 0).set(permutation(deriveKey(KEY, "labels"), 190).map((value) => value % 7));
  mlp.view("order", 0).set(permutation(deriveKey(KEY, "order"), 190));
  mlp.view("optimiser", 0).set([0.01, 0.9, 0.999, 1e-8, 1e-4]);
  for (let step = 0; step < STEPS; step++) {
    mlp.run("train", 0, 19 * (step % 10));
    update(hash, mlp.view("train/loss", 0));
  }
  update(hash, mlp.view("train/logits", 0));

  const rnn = createSession({ engine, programs: { train: recurrent() }, trials: 1 });
  fill(rnn, ["recurrent", "decoder", "mask", "inputs", "encoder", "targets"]);
  rnn.view("optimiser", 0).set([0.05, 1e-3]);
  rnn.view("momentum", 0).set([0.05, 0.9, 1e-3]);
  for (let step = 0; step < STEPS; step++) {
    rnn.run("train", 0);
    update(hash, rnn.view("train/loss", 0));
  }
  for (const slot of ["recurrent", "decoder", "velocity"]) update(hash, rnn.view(slot, 0));
  const losses = [mlp.view("train/loss", 0)[0]!, rnn.view("train/loss", 0)[0]!];
  if (!losses.every((loss) => loss > 0 && loss < 2)) throw new Error(`the programs do not train: losses ${losses.join(", ")}`);
}

function convolved(engine: EngineName, hash: ByteSink): void {
  const session = createSession({ engine, programs: { train: convolutional }, trials: 1, streams: { batch: 20 } });
  const seen = trainConvolutional(session, { replicates: [0], steps: 60 }).flat();
  const [first, last] = [seen[0]!, seen.at(-4)];
  if (last === undefined || !(last < first)) throw new Error(`the convolutions do not train: losses ${first}, ${last}`);
  update(hash, Float64Array.from(seen));
}

/** Programs by name; each writes the bits of its results to a hash. */
export const goldenPrograms: Readonly<Record<"draws" | "elementary" | EngineName | `${EngineName} convolutions`, (hash: ByteSink) => void>> = {
  draws,
  elementary,
  reference: (hash) => trained("reference", hash),
  wasm: (hash) => trained("wasm", hash),
  "reference convolutions": (hash) => convolved("reference", hash),
  "wasm convolutions": (hash) => convolved("wasm", hash),
};
