import { Matrix } from "ml-matrix";
import { checkSystem, type FreeScalars, solveLeastSquares } from "../optimisers/least-squares.ts";
import { optimizerOf } from "../optimisers/length.ts";
import { levenbergMarquardt } from "../optimisers/levenberg-marquardt.ts";
import type { Start } from "../parametrisation/memory.ts";
import type { Place } from "./place.ts";
import { residualWeights } from "./plan.ts";

const doubles = (view: unknown): Float64Array => {
  if (view instanceof Float64Array) return view;
  throw new TypeError("a solver needs 64-bit floats");
};

interface Slot extends FreeScalars {
  readonly name: string;
}

/** Row after row, by reverse differentiation. */
const jacobianOf = ({ session, trial }: Place, slots: readonly Slot[]): Matrix => {
  const chosen = doubles(session.view(residualWeights, trial));
  const gradients = slots.map(({ name, positions }) => ({ gradient: doubles(session.view(`jacobian/${name}`, trial)), positions }));
  const rows = Array.from(chosen, (_, row) => {
    chosen.fill(0)[row] = 1;
    session.run("jacobian", trial);
    return gradients.flatMap(({ gradient, positions }) => Array.from(positions, (at) => gradient[at]!));
  });
  return new Matrix(rows);
};

/** Sets a trial's learnable scalars by a solver. Throws StudyError as `solveLeastSquares`, and where the system is too large. */
export const solve = (place: Place, start: Start): void => {
  const { plan, session, trial, setup } = place;
  const optimizer = optimizerOf(setup.study);
  const slots = plan.parametrised.flatMap(({ slots: all, free: positions }) =>
    all
      .filter(({ role }) => role === "learnable")
      .map(({ name }): Slot => ({ name, memory: doubles(session.view(name, trial)), positions: positions(name, start) })),
  );
  const residuals = doubles(session.view("residual/residual", trial));
  const residual = (): Float64Array => {
    session.run("residual", trial);
    return residuals;
  };
  if (optimizer.kind === "leastSquares") solveLeastSquares(slots, residual);
  if (optimizer.kind !== "levenbergMarquardt") return;
  const scalars = slots.reduce((sum, { positions }) => sum + positions.length, 0);
  checkSystem(optimizer.kind, residuals.length, scalars);
  levenbergMarquardt({ free: slots, residual, jacobian: () => jacobianOf(place, slots) }, optimizer);
};
