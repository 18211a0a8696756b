import type { Clock } from "@allot/runtime";
import type { Study } from "@allot/spec";
import { checkStudy, compose, type Dataset, type Run, type TrialSetup } from "@allot/studies";
import type { Engine } from "@allot/tensor";
import type { Room } from "./capacity.ts";
import { type KnownCosts, withCosts } from "./costs.ts";
import { failed, isOutOfMemory } from "./failure.ts";
import { Pace } from "./pace.ts";
import { type Member, trainTogether } from "./train-together.ts";
import type { TrainEvent } from "./trainer.ts";

/** One trial to train. */
export interface TrainTrial extends TrialSetup {
  /** The trial's index in the sweep. */
  readonly index: number;
}

export interface TrainOptions {
  /** Trials of one shape class. */
  readonly trials: readonly TrainTrial[];
  readonly dataset: Dataset | undefined;
  readonly engine: Engine;
  /** Most trials the engine holds at once. */
  readonly atOnce: number;
  /** Lowered where memory runs out: what follows is held in smaller groups. */
  readonly room: Room;
  /** What is known of the costs of this shape class; grows. */
  readonly known: KnownCosts;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Trains trials and yields what they measure; does no I/O. A trial that fails never touches its pack-mates: each ends in
 * exactly one `ended` event.
 * @throws the signal's reason when it aborts.
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainEvent, void, void> {
  const valid: TrainTrial[] = [];
  for (const trial of options.trials) {
    const invalid = studyFault(trial.study);
    if (invalid === undefined) valid.push(trial);
    else yield { kind: "ended", trial: trial.index, ending: failed(invalid) };
  }
  const pace = new Pace(options.clock, options.signal);
  yield* trainInGroups(valid, options, { pace, size: options.atOnce });
}

async function* trainInGroups(
  trials: readonly TrainTrial[],
  options: TrainOptions,
  { pace, size }: { pace: Pace; size: number },
): AsyncGenerator<TrainEvent, void, void> {
  for (let first = 0; first < trials.length; ) {
    const group = trials.slice(first, first + Math.min(size, options.room.most));
    yield* trainGroup(group, options, pace);
    first += group.length;
  }
}

const studyFault = (study: Study): unknown => {
  try {
    checkStudy(study);
    return undefined;
  } catch (error) {
    return error;
  }
};

async function* trainGroup(group: readonly TrainTrial[], options: TrainOptions, pace: Pace): AsyncGenerator<TrainEvent, void, void> {
  const began = options.clock.monotonic();
  let run: Run;
  try {
    run = compose({ trials: [...group], dataset: options.dataset, engine: options.engine, knownCosts: options.known.programs });
  } catch (error) {
    yield* shrink(group, options, { pace, error });
    return;
  }
  let tooLarge: unknown;
  try {
    const composing = (options.clock.monotonic() - began) / 1000 / group.length;
    const members = group.map((trial, slot): Member => ({ slot, trial }));
    const slots = new Map(members.map(({ slot, trial }) => [trial.index, slot]));
    for (const moving of run.lockstep ? [members] : members.map((member) => [member])) {
      await pace.rest();
      tooLarge = yield* withCosts(trainTogether({ run, members: moving, composing, atOnce: group.length }, options, pace), { ...options, run, slots, pace });
    }
  } finally {
    run.close();
  }
  if (tooLarge !== undefined) yield* shrink(group, options, { pace, error: tooLarge });
}

/** A group that can't be composed, or together needs too much memory in its first updates, is halved until the culprit stands alone: too much memory, or one invalid trial. */
async function* shrink(
  group: readonly TrainTrial[],
  options: TrainOptions,
  { pace, error }: { pace: Pace; error: unknown },
): AsyncGenerator<TrainEvent, void, void> {
  await pace.rest();
  const [only] = group;
  if (group.length === 1 && only) {
    yield { kind: "ended", trial: only.index, ending: failed(error) };
    return;
  }
  const half = Math.ceil(group.length / 2);
  if (isOutOfMemory(error)) options.room.most = Math.min(options.room.most, half);
  yield* trainInGroups(group, options, { pace, size: half });
}
