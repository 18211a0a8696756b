import type { Program, Tensor } from "../program.ts";
import { deriveKey, normals, permutation } from "../random.ts";
import type { Session } from "../session.ts";
import { trace } from "../trace.ts";

/** Floats per slot and their standard deviation. */
const slots: Readonly<Record<string, number>> = { images: 1, "w.first": 0.4, "w.second": 0.3, "w.line": 0.3, "w.readout": 0.5 };

/** Convolutions and pools of every kind over batches of four images, three classes, trained by gradient descent. */
export const convolutional: Program = trace((t) => {
  const batch = t.stream("batch", [4]);
  const x = t.gather(t.shared("images", [20, 7, 9, 2]), batch); // [4, 7, 9, 2]
  const weights: Record<string, Tensor> = {
    first: t.state("w.first", [3, 3, 2, 5]),
    second: t.state("w.second", [2, 3, 5, 6]),
    line: t.state("w.line", [3, 6, 4]),
    readout: t.state("w.readout", [12, 3]),
  };
  const wide = t.maxPool(t.relu(t.conv(x, weights["first"]!, { padding: "same" })), { window: [3, 2], stride: 1 }); // [4, 5, 8, 5]
  const narrow = t.averagePool(t.conv(wide, weights["second"]!, { stride: 2, padding: "same" }), { window: [2, 2], padding: "same" }); // [4, 2, 2, 6]
  const line = t.tanh(t.conv(t.reshape(narrow, [4, 4, 6]), weights["line"]!, { padding: "same" })); // [4, 4, 4]
  const logits = t.matmul(t.reshape(t.maxPool(line, { window: [2], stride: 1 }), [4, 12]), weights["readout"]!); // [4, 3]
  const loss = t.mean(t.crossEntropy(logits, t.gather(t.shared("labels", [20], "index"), batch)));
  const wrt = Object.values(weights);
  t.gradients(loss, wrt).forEach((gradient, i) => t.sgd(wrt[i]!, gradient, t.scalars("optimiser", 2)));
  return { loss, logits };
});

/** Data for all trials, and one trial's parameters and batch order. */
function fillConvolutional(session: Session, { trial, replicate }: { trial: number; replicate: number }): void {
  for (const [slot, scale] of Object.entries(slots)) {
    const values = session.view(slot, trial);
    const key = deriveKey("c0ffee0000000001", slot === "images" ? slot : `${slot} ${replicate}`);
    values.set(normals(key, values.length).map((x) => scale * x));
  }
  session.view("labels", trial).set(permutation("c0ffee0000000002", 20).map((value) => value % 3));
  session.view("batch", trial).set(permutation(deriveKey("c0ffee0000000003", `${replicate}`), 20));
  session.view("optimiser", trial).set([0.1, 1e-3]);
}

/** Trains trial `replicates[i]` as trial i, in turns, and gives each one's losses and logits after every step. */
export function trainConvolutional(session: Session, { replicates, steps }: { replicates: readonly number[]; steps: number }): number[][] {
  replicates.forEach((replicate, trial) => fillConvolutional(session, { trial, replicate }));
  const seen: number[][] = replicates.map(() => []);
  for (let step = 0; step < steps; step++) {
    replicates.forEach((_, trial) => {
      session.run("train", trial, (step % 5) * 4);
      seen[trial]!.push(...session.view("train/loss", trial), ...session.view("train/logits", trial));
    });
  }
  return seen;
}
