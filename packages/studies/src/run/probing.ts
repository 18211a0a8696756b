import type { Start } from "../parametrisation/memory.ts";
import type { Measured, Probe, View } from "../probes/probe.ts";
import { probeProgram } from "../probes/probes.ts";
import { effectiveTensor } from "./effective.ts";
import type { RunProgram } from "./evaluate.ts";
import type { Metrics } from "./metrics.ts";
import type { Place } from "./place.ts";
import type { TensorValue } from "./run.ts";
import { startView } from "./start-view.ts";

/** The probes of one trial. */
export interface Watch {
  /** Metrics of the probes that look at every measurement, and takes note of what else was measured. */
  readonly onMeasuring: (step: number, metrics: Metrics) => Metrics;
  /** Metrics of the others, after the last measurement. */
  readonly atEnd: (step: number) => Metrics;
}

/** A function of its own, so that nothing that lives on holds the start, which is larger than what trains. */
export const startMetrics = (place: Place, start: Start): Metrics =>
  Object.assign({}, ...place.plan.probes.map(({ atStart }) => atStart?.(startView(place, start))));

/** Begins to watch a trial that was not trained yet. @param before what its start was found to be like */
export const watch = (place: Place, before: Metrics, run: RunProgram): Watch => {
  const { plan, session, trial, setup } = place;
  const { probes } = plan;
  const initial = probes.some(({ comparesStart }) => comparesStart) ? plan.parametrised.map(({ tensor }) => effectiveTensor(place, tensor.name)) : [];
  const initials = new Map(initial.map((value, i): [string, TensorValue] => [plan.parametrised[i]!.tensor.name, value]));
  const measured: Measured[] = [];
  const seen = (index: number, step: number): View => ({
    setup,
    step,
    measured,
    tensor: (name) => effectiveTensor(place, name),
    initial: (name) => initials.get(name)!,
    output: (name) => session.view(`${probeProgram(index)}/${name}`, trial),
  });
  const ask = (when: Probe["when"], step: number): Metrics => {
    const metrics: Metrics = {};
    for (const [index, probe] of probes.entries()) {
      if (probe.when !== when || probe.measure === undefined) continue;
      if (probe.trace !== undefined) run(probeProgram(index), step);
      Object.assign(metrics, probe.measure(seen(index, step)));
    }
    return metrics;
  };
  return {
    onMeasuring: (step, metrics) => {
      const own = ask("measured", step);
      if (probes.length > 0) measured.push({ step, metrics: { ...metrics, ...own } });
      return own;
    },
    atEnd: (step) => ({ ...before, ...ask("end", step) }),
  };
};
