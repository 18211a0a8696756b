import { trace } from "@allot/tensor";
import { describe, expect, test } from "vitest";
import { factor } from "../parametrisation/factor.ts";
import { full } from "../parametrisation/full.ts";
import { lowRank } from "../parametrisation/low-rank.ts";
import { mixRandom } from "../parametrisation/mix-random.ts";
import type { Parametrisation } from "../parametrisation/parametrisation.ts";
import { parametrised } from "../parametrisation/parametrised.ts";
import { colScale, rowScale } from "../parametrisation/scale.ts";
import { length, type Made, models, opened, rows, type Sequencing } from "../testing/sequence-models.ts";
import type { TensorSpec } from "./tensors.ts";

type Model = Sequencing["model"];

const shapes = ({ tensors }: Model): Record<string, string> =>
  Object.fromEntries(tensors.map(({ name, shape, fanIn, layer }) => [name, `${shape.join("×")} from ${fanIn}, in ${layer}`]));

test("a recurrent network's tensors are named plainly, layer by layer", () => {
  expect(shapes(models[0]!.model)).toEqual({
    "layer.0.input": "4×5 from 1, in layer.0",
    "layer.0.recurrent": "4×4 from 4, in layer.0",
    "layer.0.bias": "4 from 5, in layer.0",
    "layer.1.input": "6×4 from 4, in layer.1",
    "layer.1.recurrent": "6×6 from 6, in layer.1",
    "layer.1.bias": "6 from 4, in layer.1",
    "output.weight": "4×6 from 6, in output",
    "output.bias": "4 from 6, in output",
  });
  expect(Object.keys(shapes(models[1]!.model)).slice(0, 2)).toEqual(["embedding.weight", "layer.0.input"]);
  expect(shapes(models[2]!.model)["layer.0.input"]).toBe("4×6 from 6, in layer.0");
});

const block = (i: number): Record<string, string> => {
  const [attention, dense] = [`block.${i}.attention`, `block.${i}.feedForward`];
  return {
    [`${attention}.norm.gain`]: `4 from 1, in ${attention}.norm`,
    [`${attention}.norm.bias`]: `4 from 1, in ${attention}.norm`,
    ...Object.fromEntries(["query", "key", "value", "output"].map((name) => [`${attention}.${name}.weight`, `4×4 from 4, in ${attention}.${name}`])),
    ...Object.fromEntries(["query", "value", "output"].map((name) => [`${attention}.${name}.bias`, `4 from 4, in ${attention}.${name}`])),
    [`${dense}.norm.gain`]: `4 from 1, in ${dense}.norm`,
    [`${dense}.norm.bias`]: `4 from 1, in ${dense}.norm`,
    [`${dense}.hidden.weight`]: `5×4 from 4, in ${dense}.hidden`,
    [`${dense}.hidden.bias`]: `5 from 4, in ${dense}.hidden`,
    [`${dense}.output.weight`]: `4×5 from 5, in ${dense}.output`,
    [`${dense}.output.bias`]: `4 from 5, in ${dense}.output`,
  };
};

test("a transformer's tensors are named one by one, so that rules can be for queries, keys, values and projections", () => {
  expect(shapes(models[3]!.model)).toEqual({
    "embedding.weight": "4×5 from 1, in embedding",
    "position.weight": "4×4 from 1, in position",
    ...block(0),
    ...block(1),
    "norm.gain": "4 from 1, in norm",
    "norm.bias": "4 from 1, in norm",
    "output.weight": "4×4 from 4, in output",
    "output.bias": "4 from 4, in output",
  });
});

const forms: Readonly<Record<string, { of: (tensor: TensorSpec) => Parametrisation; masked?: boolean }>> = {
  full: { of: full },
  masked: { of: full, masked: true },
  rowScale: { of: rowScale },
  colScale: { of: colScale },
  lowRank: { of: (tensor) => lowRank(tensor, 2) },
  mixRandom: { of: (tensor) => mixRandom(tensor, 2) },
  factor: { of: (tensor) => factor(tensor, { strategy: "factor", rank: 1, multiplier: 0.5, first: true, last: true }) },
};

describe.each(models)("$says", (one) => {
  test.each(Object.entries(forms))("gradients of %s weights are those of finite differences, and wasm's those of reference", (_, { of, masked }) => {
    const made = one.model.tensors.map((tensor): Made => {
      if (tensor.role !== "weight") return { tensor, parametrisation: full(tensor), masked: masked ?? false };
      return { tensor, parametrisation: of(tensor), masked: masked ?? false };
    });
    const session = opened("reference", one, made);
    const wasm = opened("wasm", one, made);
    const slots = made.flatMap(({ tensor, parametrisation }) => parametrised(tensor, parametrisation, masked).slots.filter(({ role }) => role === "learnable"));
    const gradients = slots.map(({ name }) => [name, ...[session, wasm].map((run) => Array.from(run.view(`it/by ${name}`, 0)))] as const);
    for (const [name, gradient, single] of gradients) {
      const view = session.view(name, 0);
      for (const [at, value] of gradient!.entries()) {
        const before = view[at]!;
        const [above, below] = [1e-5, -1e-5].map((step) => {
          view[at] = before + step;
          session.run("it", 0);
          return session.view("it/loss", 0)[0]!;
        });
        view[at] = before;
        expect(Math.abs(value - (above! - below!) / 2e-5), `${name} ${at}`).toBeLessThan(1e-6);
        expect(Math.abs(single![at]! - value), `${name} ${at}`).toBeLessThan(1e-5 * (1 + Math.abs(value)));
      }
      expect(Math.max(...gradient!.map(Math.abs)), `${name} moves the loss`).toBeGreaterThan(1e-9);
    }
  });
});

test.for(models)("$says: layers are shown with what they make of each position, the outputs' last", ({ model, positions }) => {
  const shown: string[] = [];
  const isTokens = positions.of === "tokens";
  trace((t) => {
    const x = isTokens ? t.shared("x", [rows, length], "index") : t.shared("x", [rows, length * positions.width]);
    const effective = new Map(model.tensors.map((tensor) => [tensor.name, parametrised(tensor, full(tensor)).bind(t).effective]));
    const logits = model.forward(t, effective, x, ({ z, h }) => {
      expect(h.shape).toEqual(z.shape);
      shown.push(z.shape.join("×"));
    });
    return { logits };
  });
  const inner = model.tensors.some(({ name }) => name === "position.weight") ? ["2×4×4", "2×4×4", "2×4×4", "2×4×4"] : ["2×4×4", "2×4×6"];
  expect(shown).toEqual([...inner, isTokens ? "2×4×4" : "2×4"]);
});

const placed = (model: Model, ...names: readonly string[]) => model.neurons(names)?.map(({ transposed }) => transposed);

test("tensors of a recurrent network share a layer's units, and what reads them has them as columns", () => {
  const { model } = models[0]!;
  expect(placed(model, "layer.0.input", "layer.0.recurrent", "layer.0.bias", "layer.1.input")).toEqual([false, false, false, true]);
  expect(placed(model, "layer.1.recurrent", "output.weight")).toEqual([false, true]);
  expect(placed(models[1]!.model, "embedding.weight", "layer.0.input")).toEqual([false, true]);
  expect(placed(model, "layer.0.recurrent", "layer.1.recurrent")).toBeUndefined();
});

test("tensors of a transformer share hidden units, a head's entries or the residual path", () => {
  const { model } = models[3]!;
  expect(placed(model, "block.1.feedForward.hidden.weight", "block.1.feedForward.output.weight")).toEqual([false, true]);
  expect(placed(model, "block.0.attention.value.weight", "block.0.attention.output.weight")).toEqual([false, true]);
  expect(placed(model, "block.0.attention.query.weight", "block.0.attention.key.weight")).toEqual([false, false]);
  expect(placed(model, "embedding.weight", "block.0.attention.query.weight", "block.1.feedForward.output.weight", "output.weight")).toEqual([
    false,
    true,
    false,
    true,
  ]);
  expect(placed(model, "block.0.feedForward.hidden.weight", "block.1.feedForward.hidden.weight")).toEqual([true, true]);
  expect(placed(model, "block.0.feedForward.hidden.bias", "block.1.feedForward.hidden.bias")).toBeUndefined();
});
