import { deriveKey, exp, type Key, uniform } from "@allot/tensor";
import type { TensorSpec } from "../models/tensors.ts";

/** Widths of the hats in pixels. */
const narrowest = 1;
const widest = 4;

/** The side of the square image a row looks at; undefined where `pixels` is no square. */
export const imageSide = (pixels: number): number | undefined => {
  const side = Math.round(Math.sqrt(pixels));
  return side * side === pixels ? side : undefined;
};

/**
 * Rows are Ricker wavelets ±(1 − ρ²/2σ²) exp(−ρ²/2σ²) on the pixel grid with a
 * random centre, width σ ~ U(1, 4) px and sign, of unit norm (studies.md 5a).
 * `tensor` is [units, side²].
 */
export const mexicanHat = (tensor: TensorSpec, key: Key): Float64Array => {
  const [units = 0, pixels = 0] = tensor.shape;
  const side = imageSide(pixels);
  if (side === undefined) throw new TypeError(`${pixels} inputs are no square image`);
  const values = new Float64Array(units * pixels);
  for (let unit = 0; unit < units; unit++) {
    const unitKey = deriveKey(key, `unit ${unit}`);
    const [centreY, centreX] = [side * uniform(unitKey, 0), side * uniform(unitKey, 1)];
    const sigma = narrowest + (widest - narrowest) * uniform(unitKey, 2);
    const sign = uniform(unitKey, 3) < 0.5 ? -1 : 1;
    const row = values.subarray(unit * pixels, (unit + 1) * pixels);
    let squares = 0;
    for (let at = 0; at < pixels; at++) {
      const [dy, dx] = [Math.floor(at / side) - centreY, (at % side) - centreX];
      const q = (dy * dy + dx * dx) / (2 * sigma * sigma);
      const value = sign * (1 - q) * exp(-q);
      row[at] = value;
      squares += value * value;
    }
    const scale = 1 / Math.sqrt(squares);
    for (let at = 0; at < pixels; at++) row[at] = row[at]! * scale;
  }
  return values;
};
