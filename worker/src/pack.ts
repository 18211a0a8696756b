import type { Expansion } from "@allot/expansion";
import type { Measurements, Outcome } from "@allot/ledger";
import { type Clock, TaskGroup } from "@allot/runtime";
import type { Lease, Transport } from "@allot/transport";
import { chooseAtOnce, type Packing } from "./capacity.ts";
import { resolveEngine } from "./engine.ts";
import type { PartialPacks } from "./partial.ts";
import { Recorder } from "./recorder.ts";
import type { Reuse } from "./reuse.ts";
import type { Suspects } from "./suspects.ts";
import { type Ending, train } from "./train.ts";
import { type DataShelf, type ShelvedData, type Work, workAt } from "./work.ts";

/** What a lane needs to turn a pack into outcomes. */
export interface PackContext {
  readonly lane: string;
  readonly expansion: Expansion;
  readonly shelf: DataShelf;
  readonly reuse: Reuse;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly packing: Packing;
  readonly memoryBytes: number;
}

/** All of a pack: one outcome per trial, in the order of the indexes. */
export interface PackResult {
  readonly outcomes: Outcome[];
  readonly measurements: Measurements;
  readonly digests: Readonly<Record<string, string>>;
}

const toOutcome = ({ trial, identity, study }: Work, ending: Ending): Outcome => ({
  trial: trial.index,
  replicate: trial.replicate,
  arm: trial.arm,
  identity,
  labels: trial.labels,
  state: ending.state,
  ...(ending.failure === undefined ? {} : { failure: ending.failure }),
  ...(ending.message === undefined ? {} : { message: ending.message }),
  metrics: ending.metrics,
  measured: ending.measured,
  engine: study.engine,
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
  const recorder = new Recorder({ transport: context.transport, clock: context.clock, lane: context.lane, pack: lease.message.pack });
  const { outcomes, todo, data } = await takeOver(context, lease, { ...options, recorder });
  const taken = outcomes.size;
  const showing = new TaskGroup(signal);
  showing.start(async (life) => recorder.show({ signal: life }));
  try {
    for await (const { work, ending } of trainAll(context, todo, { ...options, data, recorder })) outcomes.set(work.index, toOutcome(work, ending));
  } catch (error) {
    const finished = new Set(outcomes.keys());
    if (signal.aborted && outcomes.size > taken) await partial.keep([...outcomes.values()], recorder.columns(finished));
    throw error;
  } finally {
    showing.abort();
    await showing.join();
    recorder.flush();
  }
  const ordered = [...outcomes.values()].sort((a, b) => a.trial - b.trial);
  return { outcomes: ordered, measurements: recorder.columns(), digests: data.digests };
};

interface TakenOver {
  readonly outcomes: Map<number, Outcome>;
  readonly todo: Work[];
  readonly data: ShelvedData;
}

/** Divides a pack into what is known already and what is to be trained. */
const takeOver = async (context: PackContext, lease: Lease, options: RunPackOptions & { recorder: Recorder }): Promise<TakenOver> => {
  const { signal, recorder, partial } = options;
  const { first, last, name } = lease.message;
  const kept = await partial.read({ signal });
  const outcomes = new Map<number, Outcome>();
  const todo: Work[] = [];
  let data: ShelvedData | undefined;
  for (let index = first; index <= last; index++) {
    const { work, data: shelved } = await workAt(context.expansion, index, context.shelf);
    data = shelved;
    const known = kept.get(work.identity) ?? (await context.reuse.find(work, { signal }));
    if (known?.outcome.trial === index) {
      outcomes.set(index, known.outcome);
      for (const step of known.steps) recorder.add({ trial: index, ...step });
    } else {
      todo.push(work);
    }
  }
  if (!data) throw new Error(`pack ${name} holds no trial: first ${first}, last ${last}`);
  return { outcomes, todo, data };
};

interface TrainAllOptions {
  readonly data: ShelvedData;
  readonly suspects: Suspects;
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
}

type Ended = { readonly work: Work; readonly ending: Ending };

async function* trainAll(context: PackContext, todo: readonly Work[], options: TrainAllOptions): AsyncGenerator<Ended, void, void> {
  const { suspects, signal } = options;
  if (!suspects.isolate) {
    yield* trainGroup(context, todo, options);
    return;
  }
  for (const work of todo) {
    if (!(await suspects.enter(work.index, { signal }))) {
      yield { work, ending: givenUp };
      continue;
    }
    try {
      yield* trainGroup(context, [work], options);
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

async function* trainGroup(context: PackContext, group: readonly Work[], { data, recorder, signal }: TrainAllOptions): AsyncGenerator<Ended, void, void> {
  const [sample] = group;
  if (!sample) return;
  const engine = resolveEngine(sample.study);
  const { clock, packing, memoryBytes } = context;
  const atOnce = chooseAtOnce({ trials: group, dataset: data.dataset, engine, packing, memoryBytes });
  const byIndex = new Map(group.map((work) => [work.index, work]));
  for await (const event of train({ trials: group, dataset: data.dataset, engine, atOnce, clock, signal })) {
    if (event.kind === "measured") {
      for (const [metric, value] of Object.entries(event.values)) recorder.add({ trial: event.trial, metric, step: event.step, value });
    } else {
      yield { work: byIndex.get(event.trial)!, ending: event.ending };
    }
  }
}
