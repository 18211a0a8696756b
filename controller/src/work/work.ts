import { type Expansion, engineOf } from "@allot/expansion";
import { type Clock, TaskGroup } from "@allot/runtime";
import type { Sweep } from "@allot/spec";
import { withPrefix } from "@allot/store";
import { deleteStreams, type LaneEvent, type MeasurementBatch, type NatsTransport, natsTransport, type QueueFacts } from "@allot/transport";
import { type Counts, endedOf } from "../counts.ts";
import { type Course, openCourse } from "../course.ts";
import { Feed } from "../feed.ts";
import { asksForGpu } from "../job/threads.ts";
import type { Trouble } from "../lanes.ts";
import { present } from "../present.ts";
import { Session } from "../session.ts";
import { Attempts } from "./attempts.ts";
import type { Connections, Prepared } from "./connections.ts";
import type { WorkFacts } from "./facts.ts";
import { Follower } from "./follower.ts";
import { readManifest, writeManifest } from "./place.ts";
import { troubleOf, WorkTrouble } from "./trouble.ts";

/** A lane that stops its heartbeat for this long has lost its pack. */
const leaseMilliseconds = 30_000;
/** Delays (ms) before a store or a broker that failed is tried again: doubled each time. */
const firstDelay = 1000;
const longestDelay = 10_000;

export interface WorkOptions {
  /** Where the sweep's results are below its store. */
  readonly place: string;
  readonly uid: string;
  readonly expansion: Expansion;
  /** Of all lanes: how many packs are trained at once. */
  readonly threads: number;
  readonly connections: Connections;
  readonly clock: Clock;
  /** Called when the facts may have changed. */
  readonly onChange: () => void;
  readonly onMeasured: (batch: MeasurementBatch) => void;
  readonly onLost: () => void;
  /** Hears how long (s) each attempt took that ended in a seal. */
  readonly onSealed: (seconds: number) => void;
}

/** What is open while packs are on the queue. */
interface Opened {
  readonly prepared: Prepared;
  readonly course: Course;
  /** What trains it. */
  readonly engine: string;
  readonly session: Session;
  readonly transport: NatsTransport;
  readonly since: number;
  readonly before: number;
}

/** Trials ended a second since the work was opened. @param elapsed seconds */
const rateOf = (counts: Counts | undefined, opened: Opened | undefined, elapsed: number): number =>
  counts && opened && elapsed > 0 ? (endedOf(counts) - opened.before) / elapsed : 0;

const stageOf = ({ stage, expansion }: Course): WorkFacts["stage"] => {
  const { stages, sweep } = expansion;
  return stage === undefined ? undefined : { name: stage, number: stages.length, of: sweep.spec.stages.length, arms: stages.at(-1)!.expansion.arms };
};

/** A sweep's queue, ledger and lanes' events in the hands of the leader. It opens, heals and wraps up by itself; nothing here can't be rebuilt. */
export class Work {
  readonly #o: WorkOptions;
  readonly #life = new AbortController();
  readonly #follower: Follower;
  readonly #done: Promise<void>;
  #trouble: Trouble | undefined;
  #opened: Opened | undefined;
  #wrappedUp = false;
  /** As it was accepted last. */
  #sweep: Sweep;

  constructor(options: WorkOptions) {
    this.#o = options;
    this.#sweep = options.expansion.sweep;
    this.#follower = new Follower(options);
    this.#done = this.#run(this.#life.signal);
  }

  facts(): WorkFacts {
    const { clock } = this.#o;
    const opened = this.#opened;
    const expansion = opened?.course.expansion ?? this.#o.expansion;
    const counts = opened?.course.ledger.counts();
    const elapsed = opened ? (clock.monotonic() - opened.since) / 1000 : 0;
    return present({
      total: expansion.trials,
      dropped: expansion.dropped.reduce((sum, { count }) => sum + count, 0),
      packs: opened?.course.plan.packs ?? Number.POSITIVE_INFINITY,
      open: opened !== undefined && this.#trouble === undefined,
      rate: rateOf(counts, opened, elapsed),
      wrappedUp: this.#wrappedUp,
      engine: opened?.engine,
      storeSecret: opened?.prepared.storeSecret,
      results: opened && `${opened.prepared.address}/${this.#o.place}/`,
      trouble: this.#trouble,
      counts,
      stage: opened && stageOf(opened.course),
      best: this.#follower.best(),
      steps: this.#follower.steps(),
      stopped: opened?.session.stopped,
    });
  }

  /** The manifest changed in what does not decide results: lanes that start and a later leader are to find it. */
  adopt(sweep: Sweep): void {
    this.#sweep = sweep;
  }

  /** Packs queued and leased, for metrics; `undefined` while the queue is not open. */
  async queue(): Promise<QueueFacts | undefined> {
    return this.#trouble ? undefined : this.#opened?.transport.queueFacts();
  }

  /** Ends; what is on the queue stays there. */
  async close(): Promise<void> {
    this.#life.abort();
    await this.#done;
  }

  async #run(life: AbortSignal): Promise<void> {
    for (let delay = firstDelay; !life.aborted; delay = Math.min(longestDelay, delay * 2)) {
      try {
        await this.#attend(life, () => {
          delay = firstDelay;
        });
      } catch (error) {
        if (life.aborted) return;
        this.#trouble = troubleOf(error);
        this.#o.onChange();
        await this.#o.clock.sleep(delay, { signal: life }).catch(() => undefined);
      }
    }
  }

  /** Opens everything and stays until something breaks or the life ends. */
  async #attend(life: AbortSignal, opened: () => void): Promise<void> {
    const group = new TaskGroup(life);
    let transport: NatsTransport | undefined;
    try {
      const work = await this.#open(group.signal, (made) => {
        transport = made;
      });
      this.#opened = work;
      this.#trouble = undefined;
      opened();
      this.#o.onChange();
      group.start(async (signal) => work.session.listen({ signal }));
      group.start(async (signal) => this.#watch(work, signal));
      group.start(async (signal) => this.#follow(work, signal));
      group.start(async (signal) => this.#heed(work, signal));
      await group.join();
    } finally {
      group.abort();
      await transport?.close();
    }
  }

  async #open(signal: AbortSignal, made: (transport: NatsTransport) => void): Promise<Opened> {
    const { connections, expansion, place, uid, threads, clock } = this.#o;
    const prepared = await connections.prepare({ signal });
    const store = withPrefix(prepared.store, place);
    await writeManifest(store, this.#sweep, { signal });
    const course = await openCourse({ store, sweep: expansion.sweep, packs: { lanes: threads, gpu: asksForGpu(this.#sweep) }, signal });
    const before = endedOf(course.ledger.counts());
    const transport = await natsTransport({ ...prepared.nats, sweep: uid, end: "controller", clock, leaseMilliseconds, signal });
    made(transport);
    const feed = new Feed({ transport, course, sweep: uid, window: 4 * threads, onStage: () => this.#o.onChange() });
    const { budget, execution } = expansion.sweep.spec;
    const attempts = new Attempts(clock);
    const session = new Session({
      transport,
      course,
      feed,
      infrastructureRetries: execution.retries.infrastructure,
      failedTrials: budget.failedTrials,
      guardStart: true,
      onEvent: (event) => this.#heard(event, attempts),
    });
    transport.control.set("run");
    await feed.supply({ signal });
    return { prepared, course, engine: engineOf(expansion, course.plan), session, transport, since: clock.monotonic(), before };
  }

  #heard(event: LaneEvent, attempts: Attempts): void {
    const seconds = attempts.take(event);
    if (seconds !== undefined) this.#o.onSealed(seconds);
    if (event.kind === "lost") this.#o.onLost();
    this.#o.onChange();
  }

  /** While lanes are busy, or wait, nobody else here would notice that the store or the broker has gone. */
  async #heed({ prepared, transport }: Opened, signal: AbortSignal): Promise<void> {
    const store = withPrefix(prepared.hasty, this.#o.place);
    for (let written = this.#sweep; !signal.aborted; written = this.#sweep) {
      await this.#o.clock.sleep(heedMilliseconds, { signal });
      const limit = AbortSignal.timeout(answerMilliseconds);
      const either = { signal: AbortSignal.any([signal, limit]) };
      try {
        await (written === this.#sweep ? readManifest(store, either) : writeManifest(store, this.#sweep, either));
      } catch (error) {
        if (!limit.aborted || signal.aborted) throw error;
        throw new WorkTrouble({ reason: "StoreUnreachable", message: `${prepared.address} does not answer within ${answerMilliseconds / 1000} s` });
      }
      await transport.queueFacts();
    }
  }

  async #watch({ transport }: Opened, signal: AbortSignal): Promise<void> {
    for await (const batch of transport.measurements.subscribe({ signal })) this.#o.onMeasured(batch);
  }

  async #follow({ prepared, course }: Opened, signal: AbortSignal): Promise<void> {
    await this.#follower.follow({ root: prepared.store, course }, { signal });
    this.#wrappedUp = true;
    this.#o.onChange();
  }
}

const heedMilliseconds = 5000;
const answerMilliseconds = 10_000;

/** Takes the queue of a sweep away, for good; its results stay. */
export const drain = async (connections: Connections, uid: string, { signal }: { signal: AbortSignal }): Promise<void> => {
  const nats = await connections.nats({ signal });
  await deleteStreams({ ...nats, sweep: uid, signal });
};
