/** Losses of one network, as one writes them in TensorFlow.js. */
import type { TensorFlow, TfTensor } from "./tfjs-types.ts";

export type Tensors = Readonly<Record<string, TfTensor>>;
type Loss = (tf: TensorFlow, parameters: Tensors, data: Tensors) => TfTensor;

const dense = (x: TfTensor, weights: TfTensor, bias: TfTensor): TfTensor => x.matMul(weights).add(bias);
/** Weights are [out, in]. */
const denseTransposed = (x: TfTensor, weights: TfTensor, bias: TfTensor): TfTensor => x.matMul(weights, false, true).add(bias);

/** −mean log softmax at the label; `classes` are the one-hot labels of all examples. */
const nll = (logits: TfTensor, { classes, batch }: Tensors, rows: number): TfTensor =>
  logits
    .logSoftmax()
    .mul(classes!.gather(batch!))
    .sum()
    .mul(-1 / rows);

const squared = (error: TfTensor): TfTensor =>
  error
    .square()
    .sum()
    .mul(0.5 / 64);

const mlp: Loss = (_tf, p, d) => {
  const hidden = dense(d["images"]!.gather(d["batch"]!), p["first"]!, p["bias"]!).relu();
  return nll(dense(hidden, p["second"]!, p["offset"]!), d, 128);
};

const rnn: Loss = (_tf, p, d) => {
  const weights = p["recurrent"]!.mul(d["mask"]!);
  const inputs = d["inputs"]!.matMul(p["encoder"]!);
  const inputAt = (step: number): TfTensor => inputs.slice([step * 64, 0], [64, 64]);
  let h = inputAt(0);
  for (let step = 1; step < 20; step++) h = h.matMul(weights).add(inputAt(step));
  return squared(h.matMul(p["decoder"]!).sub(d["targets"]!));
};

const dln: Loss = (_tf, p, d) => squared(d["inputs"]!.matMul(p["first"]!).matMul(p["second"]!).matMul(p["third"]!).sub(d["targets"]!));

const cnn: Loss = (tf, p, d) => {
  const layer = (x: TfTensor, filters: TfTensor, bias: TfTensor): TfTensor => tf.maxPool(tf.conv2d(x, filters, 1, "same").add(bias).relu(), 2, 2, "valid");
  const wide = layer(d["images"]!.gather(d["batch"]!), p["first"]!, p["firstBias"]!); // [32, 14, 14, 8]
  const deep = layer(wide, p["second"]!, p["secondBias"]!); // [32, 7, 7, 16]
  return nll(deep.reshape([32, 784]).matMul(p["readout"]!), d, 32);
};

const half: Loss = (_tf, p, d) => {
  const projected = d["images"]!.gather(d["batch"]!).matMul(d["fixed"]!, false, true); // [100, 200]
  return nll(denseTransposed(projected.mul(p["scale"]!).add(p["threshold"]!).relu(), p["readout"]!, p["offset"]!), d, 100);
};

const centredGram = (x: TfTensor): TfTensor => {
  const rows = x.sub(x.mean(0));
  return rows.matMul(rows, false, true);
};

const centred = (gram: TfTensor): TfTensor => {
  const rows = gram.sub(gram.mean(1, true));
  return rows.sub(rows.mean(0));
};

const cka = (k: TfTensor, l: TfTensor): TfTensor => k.mul(l).sum().div(k.norm().mul(l.norm()));

const guided: Loss = (_tf, p, d) => {
  const batch = d["batch"]!;
  const features: TfTensor[] = [];
  let h = d["images"]!.gather(batch); // [250, 196]
  for (let layer = 0; layer < 5; layer++) {
    const z = denseTransposed(h, p[`weight${layer}`]!, p[`bias${layer}`]!);
    features.push(z);
    h = z.relu();
  }
  const alignments = [0, 3].map((layer, guide) => {
    const gram = d[`guide${guide}`]!.gather(batch).gather(batch, 1); // [250, 250]
    return cka(centredGram(features[layer]!), centred(gram));
  });
  const distance = alignments.map((one) => one.mul(-1).add(1)).reduce((a, b) => a.add(b));
  return nll(features[4]!, d, 250).add(distance.mul(5));
};

export const losses: Readonly<Record<string, Loss>> = { mlp, rnn, cnn, dln, half, guided };
