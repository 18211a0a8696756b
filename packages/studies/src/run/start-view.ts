import { allocate } from "../allocation/scopes.ts";
import { full } from "../parametrisation/full.ts";
import type { Start } from "../parametrisation/memory.ts";
import { parametrisationOf } from "../parametrisation/parametrise.ts";
import { parametrised } from "../parametrisation/parametrised.ts";
import type { StartView } from "../probes/probe.ts";
import { type Derivatives, derivativesOf } from "./derivatives.ts";
import type { Place } from "./place.ts";

/** Positions of the entries that are trained of a part of so many. */
const trainedOf = ({ masks }: Start, { part, size, masked }: { part: string; size: number; masked: boolean }): Int32Array => {
  const all = Int32Array.from({ length: size }, (_, i) => i);
  return masked ? all.filter((i) => masks.get(part)![i] === 1) : all;
};

const columnsOf = (derivatives: Derivatives, trained: StartView["trained"]): Float64Array[] => {
  const jacobian = derivatives.jacobian([...trained.keys()], "probes");
  return [...trained].flatMap(([part, positions]) => Array.from(positions, (at) => jacobian.get(part)![at]!));
};

/** What a trial is before training, apart from how its masks hold it. */
export const startView = ({ plan, setup }: Place, start: Start): StartView => {
  const { problem } = plan;
  const { tensors } = allocate(problem.model, setup.study.allocation);
  const unmasked = tensors.map(({ tensor, form, masked }) => ({ masked, ...parametrised(tensor, parametrisationOf(tensor, form)) }));
  const content = (part: string): ArrayLike<number> => start.parts.get(part)!;
  const own = derivativesOf({ problem, setup, parametrised: unmasked, parts: start.parts });
  const trained = new Map(
    unmasked.flatMap(({ slots, masked }) =>
      slots
        .filter(({ role }) => role === "learnable")
        .map(({ name }): [string, Int32Array] => [name, trainedOf(start, { part: name, size: content(name).length, masked })]),
    ),
  );
  return {
    trained,
    content,
    columns: () => columnsOf(own, trained),
    withOutputs: (use) => own.withOutputs(use),
    allColumns: () => {
      const whole = plan.parametrised.map(({ tensor }) => parametrised(tensor, full(tensor)));
      const values = new Map(unmasked.map(({ tensor, value }) => [tensor.name, value(content)]));
      const all = new Map([...values].map(([name, { length }]) => [name, Int32Array.from({ length }, (_, i) => i)]));
      return columnsOf(derivativesOf({ problem, setup, parametrised: whole, parts: values }), all);
    },
  };
};
