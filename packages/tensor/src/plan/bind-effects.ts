import type { Kernels } from "../kernels.ts";
import type { EffectName } from "../program.ts";
import { sizeOf } from "../shape.ts";
import { copyRows, type Operand, type Step } from "./binding.ts";

interface Written {
  readonly kernels: Kernels;
  readonly states: readonly Operand[];
  readonly values: readonly Operand[];
}

/** The optimiser kernels; states lie in the trial's own region, values and scalars anywhere. */
const optimisers: { readonly [K in Exclude<EffectName, "assign">]: (written: Written) => Step } = {
  sgd: (written) => {
    const { kernels, n, p, g, gT, s, sT } = updated(written);
    return (base) => kernels.sgd(n, p + base, g + gT * base, s + sT * base);
  },
  momentum: (written) => {
    const { kernels, n, p, g, gT, s, sT, first } = updated(written);
    return (base) => kernels.momentum(n, p + base, g + gT * base, first + base, s + sT * base);
  },
  adam: (written) => {
    const { kernels, n, p, g, gT, s, sT, first, second } = updated(written);
    return (base) => kernels.adam(n, p + base, g + gT * base, first + base, second + base, s + sT * base);
  },
  rmsprop: (written) => {
    const { kernels, n, p, g, gT, s, sT, first } = updated(written);
    return (base) => kernels.rmsprop(n, p + base, g + gT * base, first + base, s + sT * base);
  },
};

function updated({ kernels, states, values }: Written) {
  const [parameter, first, second] = states;
  const [gradient, scalars] = values;
  const { offset: g, trial: gT } = gradient!;
  const { offset: s, trial: sT } = scalars!;
  return { kernels, n: sizeOf(parameter!.shape), p: parameter!.offset, g, gT, s, sT, first: first?.offset ?? 0, second: second?.offset ?? 0 };
}

/** The kernel call that writes the states of an effect. */
export function bindEffect(written: Written, effect: EffectName): Step {
  if (effect !== "assign") return optimisers[effect](written);
  const [source, target] = [written.values[0]!, written.states[0]!];
  const columns = sizeOf(target.shape);
  return copyRows(written.kernels, { rows: 1, columns, source, stride: columns, target, targetStride: columns });
}
