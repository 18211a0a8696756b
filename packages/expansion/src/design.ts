import type { Sweep } from "@allot/spec";
import type { Axis } from "./axes.ts";
import type { Baseline } from "./baseline.ts";
import { fault } from "./faults.ts";
import { axisName, type Rules } from "./rules/rules.ts";
import type { Allowed } from "./table/enumerate.ts";

/** How a design joins axes beyond what rules do, and which points of that component it has. */
export interface Design {
  /** Axes that are one component because of the design. */
  readonly whole: readonly number[];
  readonly points: readonly Allowed[] | undefined;
}

/** The sweep's design. Throws ManifestError for one that is not executed yet or lacks the baseline it needs. */
export function designOf(sweep: Sweep, { axes, rules, baseline }: { axes: readonly Axis[]; rules: Rules; baseline: Baseline }): Design {
  const { design } = sweep.spec;
  if (design === "full") return { whole: [], points: undefined };
  if (design !== "oneFactorAtATime")
    fault(sweep, { path: ["spec", "design"], message: `${design} is not supported yet; write full or oneFactorAtATime`, value: design });
  const factors = axes.filter(({ role }) => role === "factor");
  const digits = baselineDigits(sweep, { axes, rules, baseline });
  const moved = factors.flatMap((axis) => {
    const own = digits[axis.index]!;
    if (own === axis.size) return [];
    return Array.from({ length: axis.size }, (_unused, digit) => digit).flatMap((digit) =>
      digit === own ? [] : [oneMoved(axes, { baseline, moved: axis.index, digit })],
    );
  });
  const unmoved = oneMoved(axes, { baseline, moved: -1, digit: 0 });
  return { whole: factors.map(({ index }) => index), points: factors.length === 0 ? undefined : [unmoved, ...moved] };
}

/** One factor at its digit, the others at the baseline's; a factor that only this move brings to life takes all its values. */
function oneMoved(axes: readonly Axis[], { baseline, moved, digit }: { baseline: Baseline; moved: number; digit: number }): Allowed {
  return (axis) => {
    if (axis === moved) return digit;
    return axes[axis]!.role === "factor" ? baseline[axis] : undefined;
  };
}

/** The factors' digits in the baseline arm. Throws ManifestError where the baseline leaves an active factor open. */
function baselineDigits(sweep: Sweep, { axes, rules, baseline }: { axes: readonly Axis[]; rules: Rules; baseline: Baseline }): Uint32Array {
  const digits = new Uint32Array(axes.length);
  for (const index of rules.order) {
    const axis = axes[index]!;
    if (axis.role !== "factor") continue;
    const active = rules.whens[index]?.holds(digits) ?? true;
    const given = baseline[index];
    digits[index] = active ? (given ?? 0) : axis.size;
    if (active && given === undefined) {
      fault(sweep, {
        path: ["spec", "baseline"],
        message: `oneFactorAtATime needs a complete baseline: give "${axisName(axis)}" the value the other arms keep`,
      });
    }
  }
  return digits;
}
