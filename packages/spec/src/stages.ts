import { setPath } from "./paths.ts";
import { derived } from "./source.ts";
import { WrittenStudy } from "./study/written.ts";
import type { Sweep } from "./sweep/sweep.ts";

/** The sweep as one of its stages trains it: what the stage sets is in the study, and it has no stages of its own. */
export function stageSweep(sweep: Sweep, index: number): Sweep {
  const { stages, trainer } = sweep.spec;
  const set = Object.entries(stages[index]?.set ?? {});
  const study = trainer.study && WrittenStudy.parse(set.reduce<object>((written, [path, value]) => setPath(written, path, value), trainer.study));
  return derived(sweep, { ...sweep, spec: { ...sweep.spec, stages: [], trainer: study ? { ...trainer, study } : trainer } });
}

/** A sweep as each of its stages trains it; one without stages as it is. */
export function stageSweeps(sweep: Sweep): Sweep[] {
  return sweep.spec.stages.length === 0 ? [sweep] : sweep.spec.stages.map((_stage, index) => stageSweep(sweep, index));
}
