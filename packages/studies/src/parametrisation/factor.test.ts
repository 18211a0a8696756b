import { createSession, deriveKey, normals, type Program, type Session, trace } from "@allot/tensor";
import { Matrix, QrDecomposition, SVD } from "ml-matrix";
import { expect, test } from "vitest";
import type { TensorSpec } from "../models/tensors.ts";
import { factor } from "./factor.ts";
import { full } from "./full.ts";
import type { Start } from "./memory.ts";
import { type Parametrised, parametrised } from "./parametrised.ts";

const square = (name: string, d: number): TensorSpec => ({ name, layer: name, role: "weight", shape: [d, d], fanIn: d, fanOut: d });

const unused = { normals: () => new Float64Array(), fixed: () => new Float64Array(), gain: () => 1 };

const matrix = (values: ArrayLike<number>, columns: number): Matrix => Matrix.from1DArray(values.length / columns, columns, Array.from(values));

test("V5b: the right factor's rows span what studies.md says of the two-layer net of V5", () => {
  const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
  const value = Float64Array.from([c, -s, 0, s, c, 0, 0, 0, 1], (entry) => 0.5 * entry);
  const gradient = Float64Array.from([0.1194170611, -0.5369400258, -0.5, 0.0369400258, -0.835919428, -0.9553364891, 0, 0.2955202067, 0.4205202067]);
  const parts = factor(square("w", 3), { strategy: "factor", rank: 1, multiplier: 0, first: true, last: false }).start({
    ...unused,
    value,
    gradient: () => gradient,
  });
  const right = matrix(parts.get("w:right")!, 3);
  const projector = right.transpose().mmul(right).to1DArray();
  const want = [0.5067247884, 0.3535214118, -0.3535214118, 0.3535214118, 0.7466376058, 0.2533623942, -0.3535214118, 0.2533623942, 0.7466376058];
  for (const [i, entry] of want.entries()) expect(projector[i]).toBeCloseTo(entry, 9);
});

const [d, rank, depth] = [14, 2, 3];
const tensors = Array.from({ length: depth }, (_, i) => square(`layer.${i}`, d));

const drawn = (purpose: string): Matrix => matrix(normals(deriveKey("0000000000000000", purpose), d * d), d);

/** A Gaussian matrix truncated to the rank. */
const target = ((): Matrix => {
  const { leftSingularVectors: u, rightSingularVectors: v, diagonal } = new SVD(drawn("target"));
  return u.mmul(Matrix.diag(diagonal.map((value, i) => (i < rank ? value : 0)))).mmul(v.transpose());
})();

/** ½ ‖W_L ⋯ W_1 − Φ‖² / d, its gradients, and a step of gradient descent. */
const descent = (layers: readonly Parametrised[]): Program =>
  trace((t) => {
    const bound = layers.map(({ bind }) => bind(t));
    const product = bound.slice(1).reduce((below, { effective }) => t.matmul(effective.value(), below), bound[0]!.effective.value());
    const loss = t.affine(t.sum(t.square(t.sub(product, t.constant("target", [d, d])))), 0.5 / d);
    const states = bound.flatMap(({ learnable }) => learnable);
    const gradients = t.gradients(
      loss,
      states.map(({ tensor }) => tensor),
    );
    for (const [i, { tensor }] of states.entries()) t.sgd(tensor, gradients[i]!, t.scalars("rate", 2));
    return { product, ...Object.fromEntries(states.map(({ name }, i) => [name, gradients[i]!])) };
  });

const open = (layers: readonly Parametrised[], parts: Start["parts"]): Session => {
  const session = createSession({ engine: "reference", programs: { step: descent(layers) }, trials: 1 });
  for (const { start } of layers) for (const [slot, content] of start({ parts, masks: new Map() })) session.view(slot, 0).set(content);
  session.view("target", 0).set(target.to1DArray());
  session.invalidate();
  return session;
};

const productAfter = (session: Session, rate: number): Float64Array => {
  session.view("rate", 0)[0] = rate;
  session.run("step", 0);
  return Float64Array.from(session.view("step/product", 0));
};

test.for([0.1, 0.2, 0.3])("A4: from orthogonal weights of scale %s, gradient descent on the cores stays within ε^L √(d − 2r) of the whole net", (scale) => {
  const values = new Map(tensors.map(({ name }) => [name, Float64Array.from(new QrDecomposition(drawn(name)).orthogonalMatrix.mul(scale).to1DArray())]));
  const whole = open(
    tensors.map((tensor) => parametrised(tensor, full(tensor))),
    values,
  );
  productAfter(whole, 0);
  const forms = tensors.map((tensor, i) => factor(tensor, { strategy: "factor", rank, multiplier: 0, first: i === 0, last: i === depth - 1 }));
  const parts = forms.flatMap(({ start }, i) => {
    const { name } = tensors[i]!;
    return [...start({ ...unused, value: values.get(name)!, gradient: () => Float64Array.from(whole.view(`step/${name}`, 0)) })];
  });
  const cores = open(
    tensors.map((tensor, i) => parametrised(tensor, forms[i]!)),
    new Map(parts),
  );
  const distances = Array.from({ length: 1500 }, () => {
    const [all, compressed] = [productAfter(whole, 0.05), productAfter(cores, 0.05)];
    return Math.sqrt(all.reduce((sum, value, i) => sum + (value - compressed[i]!) ** 2, 0));
  });
  const bound = scale ** depth * Math.sqrt(d - 2 * rank);
  expect(Math.max(...distances)).toBeLessThanOrEqual(1.001 * bound + 1e-9);
  expect(Math.max(...distances)).toBeGreaterThan(0.999 * bound);
  const left = matrix(productAfter(cores, 0), d).sub(target);
  expect(left.norm("frobenius")).toBeLessThan(0.1 * target.norm("frobenius"));
});
