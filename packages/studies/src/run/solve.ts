import { type FreeScalars, solveLeastSquares } from "../optimisers/least-squares.ts";
import type { Start } from "../parametrisation/memory.ts";
import type { Place } from "./place.ts";

const doubles = (view: unknown): Float64Array => {
  if (view instanceof Float64Array) return view;
  throw new TypeError("leastSquares needs 64-bit floats");
};

/** Sets a trial's learnable scalars by one linear solve. Throws StudyError as `solveLeastSquares`. */
export const solve = ({ plan, session, trial }: Place, start: Start): void => {
  const free = plan.parametrised.flatMap(({ slots, free: positions }) =>
    slots
      .filter(({ role }) => role === "learnable")
      .map(({ name }): FreeScalars => ({ memory: doubles(session.view(name, trial)), positions: positions(name, start) })),
  );
  const residual = doubles(session.view("residual/residual", trial));
  solveLeastSquares(free, () => {
    session.run("residual", trial);
    return residual;
  });
};
