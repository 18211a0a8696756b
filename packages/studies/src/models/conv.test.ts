import { createSession, type EngineName, normals, type Program, trace } from "@allot/tensor";
import { describe, expect, test } from "vitest";
import { factor } from "../parametrisation/factor.ts";
import { full } from "../parametrisation/full.ts";
import { mixRandom } from "../parametrisation/mix-random.ts";
import type { Parametrisation } from "../parametrisation/parametrisation.ts";
import { type Parametrised, parametrised } from "../parametrisation/parametrised.ts";
import { colScale, rowScale } from "../parametrisation/scale.ts";
import { type ConvOptions, conv } from "./conv.ts";
import type { Convolution } from "./convolution.ts";
import { matrix } from "./numbers.ts";
import { sizeOf, type TensorSpec } from "./tensors.ts";

const layer = (more: Partial<Convolution> & { channels: number }): Convolution => ({ kernel: 3, stride: 1, padding: "same", ...more });

const square: ConvOptions = {
  image: { extents: [7, 6], channels: 2 },
  layers: [layer({ channels: 3, pool: { kind: "max", size: 2 } }), layer({ channels: 4, kernel: 2, padding: "valid" })],
  hidden: [5],
  outputs: 2,
  activation: "tanh",
  bias: true,
};
const line: ConvOptions = {
  image: { extents: [11], channels: 2 },
  layers: [layer({ channels: 3, kernel: 4, stride: 2 }), layer({ channels: 4, pool: { kind: "average", size: 2 } })],
  hidden: [],
  outputs: 3,
  activation: "sigmoid",
  bias: false,
};
const models = [
  { says: "two axes", options: square },
  { says: "one axis", options: line },
];

const shapesOf = (options: ConvOptions): [string, readonly number[], number, number][] =>
  conv(options).tensors.map(({ name, shape, fanIn, fanOut }) => [name, shape, fanIn, fanOut]);

test("a kernel is a row of its layer's weight, and dense layers go on counting", () => {
  expect(shapesOf(square)).toEqual([
    ["layer.0.weight", [3, 18], 18, 27],
    ["layer.0.bias", [3], 18, 27],
    ["layer.1.weight", [4, 12], 12, 16],
    ["layer.1.bias", [4], 12, 16],
    ["layer.2.weight", [5, 16], 16, 5], // 2 × 2 positions of 4 channels
    ["layer.2.bias", [5], 16, 5],
    ["layer.3.weight", [2, 5], 5, 2],
    ["layer.3.bias", [2], 5, 2],
  ]);
  expect(shapesOf(line)).toEqual([
    ["layer.0.weight", [3, 8], 8, 12],
    ["layer.1.weight", [4, 9], 9, 12],
    ["layer.2.weight", [3, 12], 12, 3], // 3 positions of 4 channels
  ]);
});

/** An image as [y][x][channel]; a sequence has a height of 1. */
type Picture = readonly (readonly (readonly number[])[])[];

const range = (n: number): number[] => [...Array(n).keys()];

/** Positions of a window along an axis, as the first place below it. */
const places = (extent: number, { size, stride, same }: { size: number; stride: number; same: boolean }): number[] => {
  if (!same) return range(Math.floor((extent - size) / stride) + 1).map((i) => i * stride);
  const count = Math.ceil(extent / stride);
  const before = Math.floor(Math.max(0, (count - 1) * stride + size - extent) / 2);
  return range(count).map((i) => i * stride - before);
};

type Slide = { size: number; stride: number; same: boolean };

/** What is below a window in each of its positions, row by row, with zeros beside the picture. */
const slide = (x: Picture, axes: number, over: Slide): number[][][][] => {
  const whole: Slide = { size: 1, stride: 1, same: false };
  const beside = x[0]![0]!.map(() => 0);
  const vertical = axes === 2 ? over : whole;
  return places(x.length, vertical).map((y) =>
    places(x[0]!.length, over).map((at) => range(vertical.size).flatMap((dy) => range(over.size).map((dx) => [...(x[y + dy]?.[at + dx] ?? beside)]))),
  );
};

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const rowsOf = (values: Float64Array, width: number): number[][] =>
  range(values.length / width).map((row) => [...values.subarray(row * width, (row + 1) * width)]);
const activations = { tanh: Math.tanh, sigmoid: (z: number) => 1 / (1 + Math.exp(-z)) };

/** A model's outputs for one input, by the definition of convolution and pool, and what is below each kernel. */
const byDefinition = (
  { image, layers, hidden, activation }: ConvOptions,
  values: ReadonlyMap<string, Float64Array>,
  input: readonly number[],
): { outputs: number[]; patches: number[][] } => {
  const axes = image.extents.length;
  const patches: number[][] = [];
  const g = activations[activation as keyof typeof activations];
  const [width, channels] = [image.extents.at(-1)!, image.channels];
  const units = (index: number, x: readonly number[]): number[] =>
    rowsOf(values.get(`layer.${index}.weight`)!, x.length).map((row, i) => dot(row, x) + (values.get(`layer.${index}.bias`)?.[i] ?? 0));
  let x: Picture = range(sizeOf(image.extents) / width).map((y) =>
    range(width).map((at) => input.slice((y * width + at) * channels, (y * width + at + 1) * channels)),
  );
  for (const [index, { kernel, stride, padding, pool }] of layers.entries()) {
    const below = slide(x, axes, { size: kernel, stride, same: padding === "same" }).map((row) => row.map((patch) => patch.flat()));
    patches.push(below.flat(2));
    x = below.map((row) => row.map((patch) => units(index, patch).map(g)));
    if (pool === undefined) continue;
    const pooled = (group: readonly number[]): number => (pool.kind === "max" ? Math.max(...group) : group.reduce((a, b) => a + b) / group.length);
    x = slide(x, axes, { size: pool.size, stride: pool.size, same: false }).map((row) =>
      row.map((group) => group[0]!.map((_, channel) => pooled(group.map((place) => place[channel]!)))),
    );
  }
  let h = x.flat(2);
  for (const i of hidden.keys()) h = units(layers.length + i, h).map(g);
  return { outputs: units(layers.length + hidden.length, h), patches };
};

const drawn = ({ name, shape, fanIn }: TensorSpec): Float64Array =>
  normals(`00000000000000${name.length.toString(16)}${name.at(6)}`, sizeOf(shape)).map((z) => z / Math.sqrt(fanIn));

test.for(models)("on $says, outputs are those of the definition, and plain numbers go through a model likewise", ({ options }) => {
  const model = conv(options);
  const values = new Map(model.tensors.map((tensor) => [tensor.name, drawn(tensor)]));
  const x = normals("00000000000000ab", 120 * model.inputs);
  const plain = model.forwardNumbers(values, matrix(x, model.inputs)).values;
  expect(plain.length).toBe(120 * model.outputs);
  for (const row of [0, 99, 100, 119]) {
    const input = x.subarray(row * model.inputs, (row + 1) * model.inputs);
    const { outputs, patches } = byDefinition(options, values, [...input]);
    for (const [i, value] of outputs.entries()) expect(plain[row * model.outputs + i]).toBeCloseTo(value, 12);
    for (const index of [0, 1]) {
      const reached = model.forwardNumbers(values, matrix(input, model.inputs), `layer.${index}.weight`).values;
      expect(reached.length).toBe(patches[index]!.length);
      for (const [i, value] of patches[index]!.entries()) expect(reached[i]).toBeCloseTo(value, 12);
    }
  }
});

const forms: Readonly<Record<string, { of: (tensor: TensorSpec) => Parametrisation; masked?: boolean }>> = {
  full: { of: full },
  masked: { of: full, masked: true },
  rowScale: { of: rowScale },
  colScale: { of: colScale },
  mixRandom: { of: (tensor) => mixRandom(tensor, 2) },
  factor: { of: (tensor) => factor(tensor, { strategy: "factor", rank: 1, multiplier: 0.5, first: true, last: true }) },
};

interface Made extends Parametrised {
  readonly parametrisation: Parametrisation;
}

const made = (tensor: TensorSpec, parametrisation: Parametrisation, masked = false): Made => ({
  ...parametrised(tensor, parametrisation, masked),
  parametrisation,
});

/** The mean square of two outputs and its gradient by everything that learns; biases learn in full. */
const programOf = (options: ConvOptions, parts: readonly Parametrised[]): Program => {
  const model = conv(options);
  return trace((t) => {
    const bound = parts.map((part) => ({ name: part.tensor.name, ...part.bind(t) }));
    const outputs = model.forward(t, new Map(bound.map(({ name, effective }) => [name, effective])), t.state("x", [2, model.inputs]));
    const learnable = bound.flatMap((one) => one.learnable);
    const loss = t.mean(t.square(outputs));
    const gradients = t.gradients(
      loss,
      learnable.map(({ tensor }) => tensor),
    );
    return { loss, ...Object.fromEntries(learnable.map(({ name }, i) => [`by ${name}`, gradients[i]!])) };
  });
};

const open = (engine: EngineName, options: ConvOptions, parts: readonly Made[]) => {
  const program = programOf(options, parts);
  const session = createSession({ engine, programs: { program }, trials: 1 });
  session.view("x", 0).set(normals("00000000000000cd", 2 * conv(options).inputs));
  for (const { tensor, start, parametrisation } of parts) {
    const others = { normals: () => new Float64Array(), fixed: ([m, n]: readonly [number, number]) => normals("00000000000000ce", m * n), gain: () => 1 };
    const contents = parametrisation.start({ ...others, value: drawn(tensor), gradient: () => normals("00000000000000cf", sizeOf(tensor.shape)) });
    const masks = new Map([[tensor.name, Uint8Array.from({ length: sizeOf(tensor.shape) }, (_, i) => (i % 3 === 0 ? 1 : 0))]]);
    for (const [slot, values] of start({ parts: contents, masks })) session.view(slot, 0).set(values);
  }
  session.invalidate();
  const loss = (): number => {
    session.run("program", 0);
    return session.view("program/loss", 0)[0]!;
  };
  loss();
  const gradients = parts.flatMap(({ slots }) => slots.filter(({ role }) => role === "learnable").map(({ name }) => name));
  return { session, loss, gradients: new Map(gradients.map((name) => [name, Array.from(session.view(`program/by ${name}`, 0))])) };
};

describe.each(models)("on $says", ({ options }) => {
  test.each(Object.entries(forms))("gradients of %s weights are those of finite differences, and wasm's those of reference", (_, { of, masked }) => {
    const parts = conv(options).tensors.map((tensor) => (tensor.role === "bias" ? made(tensor, full(tensor)) : made(tensor, of(tensor), masked)));
    const { session, loss, gradients } = open("reference", options, parts);
    const wasm = open("wasm", options, parts).gradients;
    for (const [slot, gradient] of gradients) {
      const view = session.view(slot, 0);
      for (const [at, value] of gradient.entries()) {
        const before = view[at]!;
        const [above, below] = [1e-5, -1e-5].map((step) => {
          view[at] = before + step;
          return loss();
        });
        view[at] = before;
        expect(value).toBeCloseTo((above! - below!) / 2e-5, 8);
        expect(Math.abs(wasm.get(slot)![at]! - value)).toBeLessThan(1e-5 * (1 + Math.abs(value)));
      }
      expect(gradient.some((value) => value !== 0)).toBe(true);
    }
  });
});
