import type { Expansion } from "@allot/expansion";
import type { Clock } from "@allot/runtime";
import { chooseAtOnce, type Packing } from "./capacity.ts";
import { resolveEngine } from "./engine.ts";
import { train } from "./train.ts";
import type { TrainEvent, Trainer, Work } from "./trainer.ts";
import { type DataShelf, type ShelvedData, type StudyWork, workAt } from "./work.ts";

export interface StudyTrainerOptions {
  readonly expansion: Expansion;
  readonly shelf: DataShelf;
  readonly packing: Packing;
  /** What this lane's engine may take. */
  readonly memoryBytes: number;
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
    return {
      works: [...works.values()],
      digests: shelved.digests,
      train: (chosen: readonly Work[], { signal }) =>
        trainChosen(
          { ...options, data: shelved, signal },
          chosen.map(({ index }) => works.get(index)!),
        ),
    };
  },
});

const trainChosen = (
  { data: { dataset }, packing, memoryBytes, clock, signal }: StudyTrainerOptions & { data: ShelvedData; signal: AbortSignal },
  trials: readonly StudyWork[],
): AsyncIterable<TrainEvent> => {
  const engine = resolveEngine(trials[0]!.study);
  const atOnce = chooseAtOnce({ trials, dataset, engine, packing, memoryBytes });
  return train({ trials, dataset, engine, atOnce, clock, signal });
};
