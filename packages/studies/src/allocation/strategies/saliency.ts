import { lowest, type Strategy } from "../grid.ts";

/** The cells with the largest |θ₀ · ∂loss/∂θ| at the start; equal ones in their order (studies.md 1d; SNIP, Lee, Ajanthan and Torr 2019, section 4.1). */
export const saliency: Strategy = ({ rows, columns, count, values, gradients }) => {
  const [initial, slopes] = [values(), gradients()];
  return lowest(
    Array.from({ length: rows * columns }, (_, cell) => cell),
    count,
    (cell) => -Math.abs(initial[cell]! * slopes[cell]!),
  );
};
