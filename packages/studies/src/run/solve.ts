import { type FreeScalars, solveLeastSquares } from "../optimisers/least-squares.ts";
import type { Place, Starts } from "./place.ts";

const doubles = (view: unknown): Float64Array => {
  if (view instanceof Float64Array) return view;
  throw new TypeError("leastSquares needs 64-bit floats");
};

/** Sets a trial's learnable scalars by one linear solve. Throws StudyError as `solveLeastSquares`. */
export const solve = ({ plan, session, trial }: Place, starts: Starts): void => {
  const free = plan.parametrised.flatMap(({ tensor, slots, free: positions }) =>
    slots
      .filter(({ role }) => role === "learnable")
      .map(({ name }): FreeScalars => ({ memory: doubles(session.view(name, trial)), positions: positions(name, starts.get(tensor.name)!) })),
  );
  const residual = doubles(session.view("residual/residual", trial));
  solveLeastSquares(free, () => {
    session.run("residual", trial);
    return residual;
  });
};
