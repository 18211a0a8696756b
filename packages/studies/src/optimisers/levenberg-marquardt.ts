import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { type FreeScalars, scalarsOf } from "./least-squares.ts";

/** Residuals as a function of scalars in memory. */
export interface ResidualSystem {
  readonly free: readonly FreeScalars[];
  /** At the present scalars; one array, written anew each time. */
  readonly residual: () => Float64Array;
  /** ∂residual/∂scalar, [residuals, scalars]. */
  readonly jacobian: () => Matrix;
}

/** The first damping, as a share of the largest diagonal element of JᵀJ. */
const firstDamping = 1e-3;
/** A step this much smaller than the scalars ends it. */
const smallestStep = 1e-15;

const squared = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value * value, 0);

/** (JᵀJ + μ)⁻¹ g; undefined where that is not positive definite to rounding. */
const damped = (normal: Matrix, gradient: Matrix, damping: number): Float64Array | undefined => {
  const system = Matrix.add(normal, Matrix.eye(normal.rows).mul(damping));
  const factor = new CholeskyDecomposition(system);
  return factor.isPositiveDefinite() ? Float64Array.from(factor.solve(gradient).to1DArray()) : undefined;
};

/**
 * Lowers the sum of squared residuals by damped Gauss–Newton steps until it is 0, a step changes nothing or `iterations` are made; a step that does not
 * lower it is not taken (Madsen, Nielsen and Tingleff 2004, Methods for non-linear least squares problems, algorithm 3.16). It may end in a local
 * minimum: that no match was found does not mean that there is none (studies.md 1c).
 */
export const levenbergMarquardt = ({ free, residual, jacobian }: ResidualSystem, { iterations }: { iterations: number }): void => {
  const scalars = scalarsOf(free);
  if (scalars.length === 0) return;
  let at = Float64Array.from(scalars, ({ memory, at: position }) => memory[position]!);
  const move = (to: Float64Array): number => {
    for (const [i, { memory, at: position }] of scalars.entries()) memory[position] = to[i]!;
    return squared(residual());
  };
  let loss = squared(residual());
  let damping: number | undefined;
  let growth = 2;
  let system: { normal: Matrix; gradient: Matrix } | undefined;
  for (let iteration = 0; iteration < iterations && loss > 0; iteration++) {
    if (system === undefined) {
      const transposed = jacobian().transpose();
      system = { normal: transposed.mmul(transposed.transpose()), gradient: transposed.mmul(Matrix.columnVector(Float64Array.from(residual()))) };
    }
    const { normal, gradient } = system;
    damping ??= firstDamping * Math.max(...normal.diagonal());
    const step = damped(normal, gradient, damping);
    if (step !== undefined && squared(step) <= smallestStep ** 2 * squared(at)) break;
    const to = step && at.map((value, i) => value - step[i]!);
    const reached = to === undefined ? Number.NaN : move(to);
    if (to !== undefined && step !== undefined && reached < loss) {
      const predicted = step.reduce((sum, h, i) => sum + h * (damping! * h + gradient.get(i, 0)), 0);
      damping *= Math.max(1 / 3, 1 - (2 * ((loss - reached) / predicted) - 1) ** 3);
      [at, loss, growth, system] = [to, reached, 2, undefined];
    } else {
      move(at);
      damping *= growth;
      growth *= 2;
    }
  }
};
