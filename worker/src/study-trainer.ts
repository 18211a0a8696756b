import type { Clock } from "@allot/runtime";
import { type Study, type StudyEngine, shapeClass } from "@allot/spec";
import type { Dataset } from "@allot/studies";
import type { Engine } from "@allot/tensor";
import { calibrate, type Tried } from "./calibrate.ts";
import { chooseAtOnce, mostAtOnce, type Packing, type Room } from "./capacity.ts";
import { type KnownCosts, nothingKnown } from "./costs.ts";
import { type EngineOptions, type OpenEngine, openEngine } from "./engine.ts";
import { train } from "./train.ts";
import type { TrainEvent, Trainer, Work } from "./trainer.ts";
import { type StudyWork, type WorkPlace, workAt } from "./work.ts";

export interface StudyTrainerOptions extends Pick<WorkPlace, "expansion" | "shelf" | "lanes">, Pick<EngineOptions, "environment" | "home"> {
  readonly packing: Packing;
  /** What this lane's engine may take. */
  readonly memoryBytes: number;
  readonly clock: Clock;
}

/** What a lane learns of a shape class and keeps while it lives. */
interface Learned {
  readonly room: Room;
  readonly tried: Tried[];
  readonly known: KnownCosts;
}

/** Trains studies with the lane's own engine, several trials at once. */
export const studyTrainer = (options: StudyTrainerOptions): Trainer => {
  const { expansion, shelf, lanes, environment, home } = options;
  const opened = new Map<StudyEngine, OpenEngine>();
  const engineOf = (name: StudyEngine): OpenEngine => {
    const engine = opened.get(name) ?? openEngine(name, { environment, home, determinism: expansion.sweep.spec.execution.determinism });
    opened.set(name, engine);
    return engine;
  };
  const shapes = new Map<string, Learned>();
  const learnedOf = (study: Study): Learned => {
    const shape = shapeClass(study);
    const learned = shapes.get(shape) ?? { room: { most: Number.POSITIVE_INFINITY }, tried: [], known: nothingKnown() };
    shapes.set(shape, learned);
    return learned;
  };
  const place = { expansion, shelf, lanes, engine: engineOf };
  return {
    async prepare({ first, last }) {
      // Trials of one shape class share their data and their engine.
      const { data, engine, work } = await workAt(first, place);
      const works = new Map<number, StudyWork>();
      for (let index = first; index <= last; index++) works.set(index, (await workAt(index, place)).work);
      const learned = learnedOf(work.study);
      return {
        works: [...works.values()],
        digests: data.digests,
        host: () => ({ ...engine.host, ...factsOf(learned) }),
        train: (chosen: readonly Work[], { signal }) => {
          const trials = chosen.map(({ index }) => works.get(index)!);
          return trainPack(options, { trials, dataset: data.dataset, engine: engine.engine, ...learned, signal });
        },
      };
    },
  };
};

interface TrainPackOptions extends Learned {
  readonly trials: readonly StudyWork[];
  readonly dataset: Dataset | undefined;
  readonly engine: Engine;
  readonly signal: AbortSignal;
}

async function* trainPack({ expansion, packing, memoryBytes, clock }: StudyTrainerOptions, o: TrainPackOptions): AsyncGenerator<TrainEvent, void, void> {
  const { trials, room, tried } = o;
  // K moves bits on tfjs: under `strict` it must not hang on how fast a machine happens to be.
  const measured = packing === "auto" && trials[0]?.engine === "tfjs" && expansion.sweep.spec.execution.determinism === "fast";
  const limit = Math.min(room.most, chooseAtOnce({ ...o, packing, memoryBytes, most: measured ? trials.length : mostAtOnce }));
  const atOnce = measured ? await calibrate(tried, { ...o, limit, otherwise: Math.min(limit, mostAtOnce), clock }) : limit;
  yield* train({ ...o, atOnce, clock });
}

/** Why K is what it is: `trials.atOnce` of the outcomes says what it was. */
const factsOf = ({ tried }: Learned): Record<string, string> =>
  tried.length === 0 ? {} : { "packing.updatesPerSecond": tried.map(({ atOnce, rate }) => `${atOnce}: ${Math.round(rate)}`).join(", ") };
