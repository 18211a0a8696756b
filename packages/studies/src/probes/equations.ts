import { deriveKey, normals } from "@allot/tensor";
import type { Probe, StartView } from "./probe.ts";
import { rankOf, singularValuesOf } from "./rank.ts";

/** Relative departure that is still rounding. */
const rounding = 1e-9;
/** The key of the direction along which outputs are followed. */
const directionKey = deriveKey("0000000000000000", "equations");

/** The trained parts moved `by` times a fixed random direction in their trained scalars. */
const moved = (start: StartView, by: number): Map<string, Float64Array> =>
  new Map(
    [...start.trained].map(([part, positions]) => {
      const values = Float64Array.from(start.content(part));
      const direction = normals(deriveKey(directionKey, part), positions.length);
      for (const [i, at] of positions.entries()) values[at] = values[at]! + by * direction[i]!;
      return [part, values];
    }),
  );

/** Outputs that no trained scalar moves, that move in a straight line, and the others: along a random direction, so up to rounding. */
const shapesOf = (start: StartView): { fixed: number; linear: number; nonlinear: number } => {
  const [at0, at1, at2] = start.withOutputs((outputs) => [0, 1, 2].map((by) => Float64Array.from(outputs(moved(start, by)))));
  const shapes = { fixed: 0, linear: 0, nonlinear: 0 };
  for (const [i, y0] of at0!.entries()) {
    const [y1, y2] = [at1![i]!, at2![i]!];
    const scale = rounding * Math.max(Math.abs(y0), Math.abs(y1), Math.abs(y2));
    if (Math.abs(y1 - y0) <= scale && Math.abs(y2 - y0) <= scale) shapes.fixed++;
    else if (Math.abs(y2 - 2 * y1 + y0) <= 4 * scale) shapes.linear++;
    else shapes.nonlinear++;
  }
  return shapes;
};

/**
 * A match with a teacher asks that every output be right: so many equations in the trained scalars (studies.md 1a). `total` of them;
 * `independent`, what the weights of the whole model can tell apart; `fixed`, `linear` and `nonlinear` in the trained scalars; and `satisfiable`,
 * 1 where the trained ones reach as many directions as the whole model: a generic teacher can then be matched, and almost surely not where it is 0.
 */
export const equations: Probe = {
  atStart: (start) => {
    const columns = start.columns();
    const all = start.allColumns();
    const independent = rankOf(singularValuesOf(all));
    const { fixed, linear, nonlinear } = shapesOf(start);
    return {
      "equations.total": all[0]?.length ?? 0,
      "equations.independent": independent,
      "equations.fixed": fixed,
      "equations.linear": linear,
      "equations.nonlinear": nonlinear,
      "equations.satisfiable": rankOf(singularValuesOf(columns)) >= independent ? 1 : 0,
    };
  },
};
