import { type Tensor, type Tracer, trace } from "@allot/tensor";
import { type Effective, type EffectiveTensors, type FeedForward, type Layer, sizeOf } from "./tensors.ts";

/** Every layer of a forward pass, the outputs' last. */
const layersOf = (t: Tracer, model: FeedForward, { tensors, x }: { tensors: EffectiveTensors; x: Tensor }): Layer[] => {
  const layers: Layer[] = [];
  model.forward(t, tensors, x, (layer) => void layers.push(layer));
  return layers;
};

/** All tensors of a model as states of their names. */
export const asStates = (t: Tracer, { tensors }: FeedForward): EffectiveTensors =>
  new Map(
    tensors.map(({ name, shape }): [string, Effective] => {
      const value = t.state(name, shape);
      return [name, { value: () => value, times: (x) => t.matmul(x, value, { transposeB: true }) }];
    }),
  );

/** How many layers below its outputs a model shows. */
export const depthOf = (model: FeedForward): number => {
  let shown = 0;
  trace((t) => ({ outputs: model.forward(t, asStates(t, model), t.state("inputs", [1, model.inputs]), () => void shown++) }));
  return Math.max(0, shown - 1);
};

/** Layers' values as features of each of so many rows, [rows, features]; the outputs' layer, the last, is left out. */
export const featuresOf = (t: Tracer, layers: readonly Layer[], { rows, of }: { rows: number; of: keyof Layer }): Tensor[] =>
  layers.slice(0, -1).map(({ [of]: x }) => t.reshape(x, [rows, sizeOf(x.shape) / rows]));

/** Features of all rows of `inputs` [rows, in], made of no more at a time than the model takes at once. */
export const featuresOfAll = (
  t: Tracer,
  model: FeedForward,
  { tensors, inputs, of }: { tensors: EffectiveTensors; inputs: Tensor; of: keyof Layer },
): Tensor[] => {
  const rows = inputs.shape[0]!;
  const { rowsAtOnce = rows } = model;
  const blocks = Array.from({ length: Math.ceil(rows / rowsAtOnce) }, (_, block) => {
    const size = Math.min(rowsAtOnce, rows - block * rowsAtOnce);
    const x = t.slice(inputs, { axis: 0, start: block * rowsAtOnce, size });
    return featuresOf(t, layersOf(t, model, { tensors, x }), { rows: size, of });
  });
  return blocks[0]!.map((_, layer) =>
    t.concat(
      blocks.map((features) => features[layer]!),
      0,
    ),
  );
};
