import type { Expansion } from "@allot/expansion";
import type { Clock } from "@allot/runtime";
import { chooseAtOnce, type Packing } from "./capacity.ts";
import { type OpenEngine, openEngine, resolveEngine } from "./engine.ts";
import type { TensorFlowEnvironment } from "./tensorflow.ts";
import { train } from "./train.ts";
import type { TrainEvent, Trainer, Work } from "./trainer.ts";
import { type DataShelf, type ShelvedData, type StudyWork, workAt } from "./work.ts";

export interface StudyTrainerOptions {
  readonly expansion: Expansion;
  readonly shelf: DataShelf;
  readonly packing: Packing;
  /** What this lane's engine may take. */
  readonly memoryBytes: number;
  readonly environment: TensorFlowEnvironment;
  readonly clock: Clock;
}

/** Trains studies with the lane's own engine, several trials at once. */
export const studyTrainer = (options: StudyTrainerOptions): Trainer => ({
  async prepare({ first, last }) {
    const works = new Map<number, StudyWork>();
    let data: ShelvedData | undefined;
    for (let index = first; index <= last; index++) {
      const found = await workAt(options.expansion, index, options.shelf);
      works.set(index, found.work);
      data = found.data;
    }
    if (!data) throw new Error(`a pack holds no trial: first ${first}, last ${last}`);
    const shelved = data;
    const { engine, host } = openEngine(resolveEngine(works.get(first)!.study), options.environment);
    return {
      works: [...works.values()],
      digests: shelved.digests,
      host,
      train: (chosen: readonly Work[], { signal }) =>
        trainChosen(
          { ...options, engine, data: shelved, signal },
          chosen.map(({ index }) => works.get(index)!),
        ),
    };
  },
});

const trainChosen = (
  {
    engine,
    data: { dataset },
    packing,
    memoryBytes,
    clock,
    signal,
  }: StudyTrainerOptions & Pick<OpenEngine, "engine"> & { data: ShelvedData; signal: AbortSignal },
  trials: readonly StudyWork[],
): AsyncIterable<TrainEvent> => {
  const atOnce = chooseAtOnce({ trials, dataset, engine, packing, memoryBytes });
  return train({ trials, dataset, engine, atOnce, clock, signal });
};
