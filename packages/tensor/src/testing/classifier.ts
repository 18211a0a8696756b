import type { Program, Tensor } from "../program.ts";
import { deriveKey, type Key, normals, permutation } from "../random.ts";
import type { Session } from "../session.ts";
import { type Tracer, trace } from "../trace.ts";

type Optimiser = "sgd" | "momentum" | "adam" | "rmsprop";

const scalars: Readonly<Record<Optimiser, readonly number[]>> = {
  sgd: [0.5, 1e-3],
  momentum: [0.1, 0.9, 1e-3],
  adam: [0.03, 0.9, 0.999, 1e-8, 1e-5],
  rmsprop: [0.03, 0.9, 1e-8, 1e-3],
};

/** Applies an optimiser with its states named after the parameter. */
function update(t: Tracer, optimiser: Optimiser, { name, param, grad }: { name: string; param: Tensor; grad: Tensor }): void {
  const numbers = t.scalars("optimiser", scalars[optimiser].length);
  const own = (part: string): Tensor => t.state(`${name}.${part}`, param.shape);
  switch (optimiser) {
    case "sgd":
      return t.sgd(param, grad, numbers);
    case "momentum":
      return t.momentum(param, grad, own("velocity"), numbers);
    case "adam":
      return t.adam(param, grad, own("m"), own("v"), numbers);
    case "rmsprop":
      return t.rmsprop(param, grad, own("v"), numbers);
  }
}

/** A small network with a frozen and two trained layers, three classes, batches of six. */
export function classifier(optimiser: Optimiser): Program {
  return trace((t) => {
    const batch = t.stream("batch", [6]);
    const x = t.gather(t.shared("images", [60, 5]), batch); // [6, 5]
    const labels = t.gather(t.shared("labels", [60], "index"), batch); // [6]
    const frozen = t.matmul(x, t.constant("frozen", [7, 5]), { transposeB: true }); // [6, 7]
    const params: Record<string, Tensor> = { bias: t.state("bias", [7]), hidden: t.state("hidden", [7, 9]), readout: t.state("readout", [9, 3]) };
    const layer = t.tanh(t.add(frozen, params["bias"]!));
    const logits = t.matmul(t.sigmoid(t.matmul(layer, params["hidden"]!)), params["readout"]!); // [6, 3]
    const penalty = t.affine(t.sum(t.square(params["hidden"]!)), 1e-3);
    const loss = t.add(t.mean(t.crossEntropy(logits, labels)), penalty);
    const grads = t.gradients(loss, Object.values(params));
    Object.entries(params).forEach(([name, param], i) => update(t, optimiser, { name, param, grad: grads[i]! }));
    return { loss, logits, accuracy: t.mean(t.correct(logits, labels)), hidden: params["hidden"]! };
  });
}

/** Data for all trials, and one trial's constants, parameters, batch order and optimiser settings. */
export function fillClassifier(session: Session, { trial, replicate, optimiser }: { trial: number; replicate: number; optimiser: Optimiser }): void {
  const key: Key = deriveKey("c1a551f1e7000000", `replicate ${replicate}`);
  const data = deriveKey("c1a551f1e7000000", "data");
  const images = normals(data, 300);
  session.view("images", 0).set(images);
  session.view("labels", 0).set(Array.from({ length: 60 }, (_, i) => (images[5 * i]! > 0 ? 0 : images[5 * i + 1]! > 0 ? 1 : 2)));
  for (const name of ["frozen", "bias", "hidden", "readout"]) {
    const values = session.view(name, trial);
    values.set(normals(deriveKey(key, name), values.length).map((x) => 0.4 * x));
  }
  session.view("batch", trial).set(permutation(deriveKey(key, "order"), 60));
  session.view("optimiser", trial).set(scalars[optimiser]);
}

/** Copies of a trial's outputs of program `train`. */
export function outputsOf(session: Session, trial: number): Record<"loss" | "logits" | "accuracy" | "hidden", number[]> {
  const copy = (name: string): number[] => [...session.view(`train/${name}`, trial)];
  return { loss: copy("loss"), logits: copy("logits"), accuracy: copy("accuracy"), hidden: copy("hidden") };
}
