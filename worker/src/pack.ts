import type { Measurements, Outcome } from "@allot/ledger";
import { type Clock, TaskGroup } from "@allot/runtime";
import type { Lease, Transport } from "@allot/transport";
import type { Artifacts } from "./artifacts/artifacts.ts";
import { PackTime } from "./attribution.ts";
import type { PartialPacks } from "./partial.ts";
import { Recorder } from "./recorder.ts";
import type { Reuse, Reused } from "./reuse.ts";
import type { Suspects } from "./suspects.ts";
import type { Ending, Trainer, TrainerPack, Weights, Work } from "./trainer.ts";

/** What a lane needs to turn a pack into outcomes. */
export interface PackContext {
  readonly lane: string;
  readonly trainer: Trainer;
  readonly reuse: Reuse;
  readonly artifacts: Artifacts;
  readonly transport: Transport;
  readonly clock: Clock;
  /** What an hour of this lane costs; undefined where no price is set. */
  readonly hourlyPrice?: number | undefined;
  /** Hears how each trial that is trained here ended. */
  readonly onOutcome?: (outcome: Outcome) => void;
}

/** All of a pack: one outcome per trial, in the order of the indexes. */
export interface PackResult {
  readonly outcomes: Outcome[];
  readonly measurements: Measurements;
  readonly digests: Readonly<Record<string, string>>;
  readonly host: Readonly<Record<string, string>>;
}

const toOutcome = ({ trial, identity, engine, derived }: Work, ending: Ending): Outcome => ({
  trial: trial.index,
  replicate: trial.replicate,
  arm: trial.arm,
  identity,
  labels: trial.labels,
  ...(trial.stage === undefined ? {} : { stage: trial.stage }),
  state: ending.state,
  ...(ending.failure === undefined ? {} : { failure: ending.failure }),
  ...(ending.message === undefined ? {} : { message: ending.message }),
  metrics: { ...ending.metrics, ...derived },
  measured: ending.measured,
  engine,
});

/** An outcome with its part of the pack's time, and what that costs. */
const withTime = (outcome: Outcome, seconds: number, hourlyPrice: number | undefined): Outcome => ({
  ...outcome,
  measured: {
    ...outcome.measured,
    "training.seconds": seconds,
    ...(hourlyPrice === undefined ? {} : { cost: (seconds / 3600) * hourlyPrice }),
  },
});

export interface RunPackOptions {
  readonly suspects: Suspects;
  readonly partial: PartialPacks;
  readonly signal: AbortSignal;
}

/**
 * Trains, or takes over from earlier, every trial of a leased pack. Interrupted, it keeps what is finished.
 * @throws the signal's reason when it aborts.
 */
export const runPack = async (context: PackContext, lease: Lease, options: RunPackOptions): Promise<PackResult> => {
  const { signal, partial } = options;
  const { artifacts } = context;
  const recorder = new Recorder({ transport: context.transport, clock: context.clock, lane: context.lane, pack: lease.message.pack });
  const { outcomes, todo, prepared, began } = await takeOver(context, lease, { ...options, recorder });
  const taken = outcomes.size;
  const time = new PackTime(began);
  const attribute = (): void => {
    for (const [trial, seconds] of time.attributed()) outcomes.set(trial, withTime(outcomes.get(trial)!, seconds, context.hourlyPrice));
  };
  const showing = new TaskGroup(signal);
  showing.start(async (life) => recorder.show({ signal: life }));
  try {
    for await (const { work, ending, weights, aside = 0 } of trainAll(todo, { ...options, prepared, recorder })) {
      time.ended(work.index, { work: ending.work ?? 0, aside, now: context.clock.monotonic() });
      const outcome = toOutcome(work, ending);
      if (weights && artifacts.wants(outcome)) await artifacts.keep(outcome, weights());
      outcomes.set(work.index, outcome);
      context.onOutcome?.(outcome);
    }
    await artifacts.settle();
  } catch (error) {
    const finished = new Set(outcomes.keys());
    if (signal.aborted && outcomes.size > taken) {
      await artifacts.settle();
      attribute();
      await partial.keep([...outcomes.values()], recorder.columns(finished));
    }
    throw error;
  } finally {
    showing.abort();
    await showing.join();
    recorder.flush();
  }
  attribute();
  const ordered = [...outcomes.values()].sort((a, b) => a.trial - b.trial);
  return { outcomes: ordered, measurements: recorder.columns(), digests: prepared.digests, host: prepared.host() };
};

interface TakenOver {
  readonly outcomes: Map<number, Outcome>;
  readonly todo: Work[];
  readonly prepared: TrainerPack;
  /** When the pack's data and programs were at hand (ms): what is read once for many packs is no pack's time. */
  readonly began: number;
}

/** Divides a pack into what is known already and what is to be trained. */
const takeOver = async (context: PackContext, lease: Lease, options: RunPackOptions & { recorder: Recorder }): Promise<TakenOver> => {
  const { signal, recorder, partial } = options;
  const prepared = await context.trainer.prepare(lease.message, { signal });
  const began = context.clock.monotonic();
  const kept = await partial.read({ signal });
  const outcomes = new Map<number, Outcome>();
  const todo: Work[] = [];
  // All at once: looking up one trial costs the store's latency, and a pack holds hundreds.
  const found = await Promise.all(prepared.works.map(async (work) => kept.get(work.identity) ?? context.reuse.find(work, { signal })));
  for (const [i, work] of prepared.works.entries()) {
    const { index } = work;
    const known = found[i];
    if (known?.outcome.trial === index && (await takeWeights(context.artifacts, known, { signal }))) {
      outcomes.set(index, { ...known.outcome, metrics: { ...known.outcome.metrics, ...work.derived } });
      for (const step of known.steps) recorder.add({ trial: index, ...step });
    } else {
      todo.push(work);
    }
  }
  return { outcomes, todo, prepared, began };
};

/** Takes the weights over with the outcome where they are wanted. @returns false where they are gone: the trial is trained again. */
const takeWeights = async (artifacts: Artifacts, { outcome, weights }: Reused, { signal }: { signal: AbortSignal }): Promise<boolean> => {
  // Without `weights` it is this sweep's own, and who trained it has kept what there was to keep.
  if (!weights || !artifacts.wants(outcome)) {
    artifacts.pass(outcome);
    return true;
  }
  const bytes = await weights({ signal });
  if (bytes) await artifacts.keep(outcome, bytes);
  return bytes !== undefined;
};

interface TrainAllOptions {
  readonly prepared: TrainerPack;
  readonly suspects: Suspects;
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
}

type Ended = { readonly work: Work; readonly ending: Ending; readonly weights?: (() => Weights) | undefined; readonly aside?: number | undefined };

async function* trainAll(todo: readonly Work[], options: TrainAllOptions): AsyncGenerator<Ended, void, void> {
  const { suspects, signal } = options;
  if (!suspects.isolate) {
    yield* trainGroup(todo, options);
    return;
  }
  for (const work of todo) {
    if (!(await suspects.enter(work.index, { signal }))) {
      yield { work, ending: givenUp };
      continue;
    }
    try {
      yield* trainGroup([work], options);
    } finally {
      // Also when interrupted: only a death leaves the marker behind.
      await suspects.leave({ signal: AbortSignal.timeout(cleanupMilliseconds) });
    }
  }
}

const cleanupMilliseconds = 5000;

const givenUp: Ending = {
  state: "Failed",
  failure: "infrastructure",
  message: "the lane died each time it trained this trial alone; given up after execution.retries.infrastructure",
  metrics: {},
  measured: {},
};

async function* trainGroup(group: readonly Work[], { prepared, recorder, signal }: TrainAllOptions): AsyncGenerator<Ended, void, void> {
  if (group.length === 0) return;
  const byIndex = new Map(group.map((work) => [work.index, work]));
  for await (const event of prepared.train(group, { signal })) {
    if (event.kind === "measured") {
      for (const [metric, value] of Object.entries(event.values)) recorder.add({ trial: event.trial, metric, step: event.step, value });
    } else {
      yield { work: byIndex.get(event.trial)!, ending: event.ending, weights: event.weights, aside: event.aside };
    }
  }
}
