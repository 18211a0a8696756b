import type { Strategy } from "../grid.ts";

/** λ over the mean squared norm of a cell's derivatives: below it a direction counts as not reached. */
const threshold = 1e-9;

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

const largest = (gains: Float64Array): number => gains.reduce((best, gain, cell) => (gain > gains[best]! ? cell : best), 0);

/**
 * Cell after cell, the one that raises log det(λI + J Jᵀ) most, J [outputs,
 * cells] being the outputs' derivatives at the start in the cells chosen so far;
 * the first of equal ones (studies.md 1d, its own proposal; greedy D-optimal
 * design). λ is so small that a cell which raises the rank of J goes before any
 * that does not: the rank is the largest that `count` cells can have.
 */
export const rankGreedy: Strategy = ({ count, jacobian }) => {
  const cells = jacobian();
  const squares = cells.map((column) => dot(column, column));
  const lambda = threshold * (squares.reduce((a, b) => a + b, 0) / cells.length || 1);
  // The gain of a cell c is log(1 + cᵀSc) with S = (λI + J Jᵀ)⁻¹ = I/λ − Σ w wᵀ, one w for each chosen cell (Sherman and Morrison).
  const gains = Float64Array.from(squares, (square) => square / lambda);
  const directions: Float64Array[] = [];
  return Int32Array.from({ length: count }, () => {
    const best = largest(gains);
    const chosen = cells[best]!;
    const direction = chosen.map((value) => value / lambda);
    for (const w of directions) {
      const along = dot(w, chosen);
      for (let i = 0; i < w.length; i++) direction[i] = direction[i]! - along * w[i]!;
    }
    const norm = Math.sqrt(1 + gains[best]!);
    const w = direction.map((value) => value / norm);
    directions.push(w);
    for (const [cell, column] of cells.entries()) gains[cell] = gains[cell]! - dot(column, w) ** 2;
    gains[best] = -Infinity;
    return best;
  });
};
