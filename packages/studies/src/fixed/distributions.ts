import type { Fixed } from "@allot/spec";
import { type Key, normals, uniforms } from "@allot/tensor";
import { sizeOf, type TensorSpec } from "../models/tensors.ts";
import { mexicanHat } from "./mexican-hat.ts";

type Draw = (tensor: TensorSpec, key: Key) => Float64Array;

const perEntry =
  (draws: (key: Key, count: number) => Float64Array, value: (draw: number) => number): Draw =>
  (tensor, key) => {
    const scale = 1 / Math.sqrt(tensor.fanIn);
    return draws(key, sizeOf(tensor.shape)).map((draw) => scale * value(draw));
  };

const third = Math.sqrt(3);

/**
 * Fixed random weights (studies.md 5a), each entry of variance 1/fanIn:
 * `normal`; `uniform` on ±√3; `binary` ±1; `ternary` −√3, 0, √3 with
 * probabilities 1/6, 2/3, 1/6; `mexicanHat` with rows of unit norm instead.
 */
export const distributions: Readonly<Record<Fixed["distribution"], Draw>> = {
  normal: perEntry(normals, (z) => z),
  uniform: perEntry(uniforms, (u) => third * (2 * u - 1)),
  binary: perEntry(uniforms, (u) => (u < 0.5 ? -1 : 1)),
  ternary: perEntry(uniforms, (u) => (u < 1 / 6 ? -third : u < 1 / 3 ? third : 0)),
  mexicanHat,
};
