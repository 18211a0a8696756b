import type { Clock } from "@allot/runtime";
import type { StudyEngine } from "@allot/spec";
import { chooseAtOnce, type Packing } from "./capacity.ts";
import { type EngineOptions, type OpenEngine, openEngine } from "./engine.ts";
import { train } from "./train.ts";
import type { Trainer, Work } from "./trainer.ts";
import { type StudyWork, type WorkPlace, workAt } from "./work.ts";

export interface StudyTrainerOptions extends Pick<WorkPlace, "expansion" | "shelf" | "lanes">, Pick<EngineOptions, "environment" | "home"> {
  readonly packing: Packing;
  /** What this lane's engine may take. */
  readonly memoryBytes: number;
  readonly clock: Clock;
}

/** Trains studies with the lane's own engine, several trials at once. */
export const studyTrainer = ({ expansion, shelf, lanes, packing, memoryBytes, environment, home, clock }: StudyTrainerOptions): Trainer => {
  const opened = new Map<StudyEngine, OpenEngine>();
  const engineOf = (name: StudyEngine): OpenEngine => {
    const engine = opened.get(name) ?? openEngine(name, { environment, home, determinism: expansion.sweep.spec.execution.determinism });
    opened.set(name, engine);
    return engine;
  };
  const place = { expansion, shelf, lanes, engine: engineOf };
  return {
    async prepare({ first, last }) {
      // Trials of one shape class share their data and their engine.
      const { data, engine } = await workAt(first, place);
      const works = new Map<number, StudyWork>();
      for (let index = first; index <= last; index++) works.set(index, (await workAt(index, place)).work);
      return {
        works: [...works.values()],
        digests: data.digests,
        host: engine.host,
        train: (chosen: readonly Work[], { signal }) => {
          const trials = chosen.map(({ index }) => works.get(index)!);
          const { dataset } = data;
          const atOnce = chooseAtOnce({ trials, dataset, engine: engine.engine, packing, memoryBytes });
          return train({ trials, dataset, engine: engine.engine, atOnce, clock, signal });
        },
      };
    },
  };
};
