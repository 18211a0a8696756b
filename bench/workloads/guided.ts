import { centred, centredGram, linearCka, type Tensor, trace } from "@allot/tensor";
import { batchAt, batchOf, fillImages, type Images } from "./images.ts";
import { fillNormal, type Workload } from "./workload.ts";

const images: Images = { rows: 500, batch: 250, shape: [196] };
const SIZES = [196, 128, 128, 128, 128, 10];
/** Which hidden layers are aligned with a layer of the guide. */
const ALIGNED = [0, 3];
const ALPHA = 5;

const program = trace((t) => {
  const { x, labels, index } = batchOf(t, images); // [250, 196]
  const parameters = SIZES.slice(1).flatMap((out, layer) => [t.state(`weight${layer}`, [out, SIZES[layer]!]), t.state(`bias${layer}`, [out])]);
  const features: Tensor[] = []; // before the activations
  let h = x;
  for (let layer = 0; layer < SIZES.length - 1; layer++) {
    const z = t.add(t.matmul(h, parameters[2 * layer]!, { transposeB: true }), parameters[2 * layer + 1]!);
    features.push(z);
    h = t.relu(z);
  }
  const logits = features[SIZES.length - 2]!; // [250, 10]
  const alignments = ALIGNED.map((layer, guide) => {
    const rows = t.gather(t.shared(`guide${guide}`, [images.rows, images.rows]), index); // [250, 500]
    const gram = t.gather(t.transpose(rows), index); // [250, 250], symmetric
    return linearCka(t, centredGram(t, features[layer]!), centred(t, gram));
  });
  const distance = alignments.reduce((sum, cka) => t.add(sum, t.affine(cka, -1, 1)), t.fill(0, []));
  const loss = t.add(t.mean(t.crossEntropy(logits, labels)), t.affine(distance, ALPHA));
  t.gradients(loss, parameters).forEach((gradient, i) => {
    const moment = (part: string): Tensor => t.state(`${part}${i}`, gradient.shape);
    t.adam(parameters[i]!, gradient, moment("m"), moment("v"), t.scalars("optimiser", 5));
  });
  return { loss };
});

/** Fully connected network 196-4×128-10 guided towards two layers of a frozen network by linear CKA, relu, cross-entropy, Adam. */
export const guided: Workload = {
  name: "guided",
  description: "FCN 196-4×128-10 with CKA, batch 250",
  program,
  streams: { batch: images.rows },
  target: 0.25,
  at: batchAt(images),
  fill: (session, trial) => {
    fillImages(session, { ...images, trial });
    for (const [layer, size] of SIZES.slice(0, -1).entries()) fillNormal(session, { slot: `weight${layer}`, trial, scale: Math.sqrt(2 / size) });
    if (trial === 0) for (const guide of ALIGNED.keys()) fillGram(session.view(`guide${guide}`, 0), session.view("images", 0));
    session.view("optimiser", trial).set([1e-3, 0.9, 0.999, 1e-8, 0]);
  },
};

/** Gram matrix of what a guide might see: the positive part of the images. */
function fillGram(gram: { [at: number]: number }, x: ArrayLike<number>): void {
  const size = SIZES[0]!;
  for (let i = 0; i < images.rows; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let l = 0; l < size; l++) sum += Math.max(0, x[i * size + l]!) * Math.max(0, x[j * size + l]!);
      gram[i * images.rows + j] = sum;
      gram[j * images.rows + i] = sum;
    }
  }
}
