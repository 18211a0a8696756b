import { type Expansion, packAt } from "@allot/expansion";
import { readOutcomes, tidy } from "@allot/ledger";
import type { Clock } from "@allot/runtime";
import { type Store, withPrefix } from "@allot/store";
import type { Course } from "../course.ts";
import type { Best } from "./facts.ts";
import { Indexer } from "./indexer.ts";
import { Standings } from "./standings.ts";

export interface FollowerOptions {
  readonly expansion: Expansion;
  /** Where the sweep's results are below the root store. */
  readonly place: string;
  readonly clock: Clock;
}

/** What is open while a sweep is worked on. */
export interface Followed {
  /** The root store. */
  readonly root: Store;
  readonly course: Course;
}

const everyMilliseconds = 500;
/** Segments read at once. */
const readers = 4;
/** Segments after which a checkpoint spares whoever restarts from reading them. */
const checkpointEvery = 256;

/** Reads what is sealed once, a little behind the lanes: for the standings, and so that others find its trials. */
export class Follower {
  readonly #o: FollowerOptions;
  readonly #standings: Standings;
  readonly #read = new Set<number>();
  #indexer: Indexer | undefined;
  #checkpointed = 0;
  #steps = 0;

  constructor(options: FollowerOptions) {
    this.#o = options;
    this.#standings = new Standings(options.expansion);
  }

  best(): Best | undefined {
    return this.#standings.best();
  }

  /** Steps trained in the trials read so far, without those whose result was taken over. */
  steps(): number {
    return this.#steps;
  }

  /** Follows until every trial has ended and all that others need of them is written. Begins again where it broke off. */
  async follow(followed: Followed, { signal }: { signal: AbortSignal }): Promise<void> {
    const { course, root } = followed;
    this.#indexer ??= new Indexer(this.#o.place);
    while (!course.complete) {
      await this.#catchUp(followed, signal);
      await this.#o.clock.sleep(everyMilliseconds, { signal });
    }
    await this.#catchUp(followed, signal);
    await course.ledger.checkpoint({ signal });
    await tidy(withPrefix(root, this.#o.place), { signal });
  }

  async #catchUp({ root, course }: Followed, signal: AbortSignal): Promise<void> {
    const { plan, ledger } = course;
    this.#indexer?.extend(plan);
    const store = withPrefix(root, this.#o.place);
    const fresh: number[] = [];
    for (let pack = 0; pack < plan.packs; pack++) if (!this.#read.has(pack) && ledger.sealed(pack)) fresh.push(pack);
    for (let at = 0; at < fresh.length; at += readers) {
      await Promise.all(fresh.slice(at, at + readers).map(async (pack) => this.#take(store, { pack, name: packAt(plan, pack).name }, signal)));
      await this.#indexer?.write(root, course, { signal });
      if (this.#read.size - this.#checkpointed < checkpointEvery) continue;
      this.#checkpointed = this.#read.size;
      await ledger.checkpoint({ signal });
    }
    await this.#indexer?.write(root, course, { signal });
  }

  async #take(store: Store, { pack, name }: { pack: number; name: string }, signal: AbortSignal): Promise<void> {
    const { outcomes } = await readOutcomes(store, name, { signal });
    this.#read.add(pack);
    this.#standings.add(outcomes);
    for (const { reused, measured } of outcomes) if (reused === undefined) this.#steps += stepsIn(measured);
    this.#indexer?.take(pack, outcomes);
  }
}

/** A program counts no steps. */
const stepsIn = (measured: Readonly<Record<string, number>>): number => Math.round((measured["train.seconds"] ?? 0) * (measured["train.stepsPerSecond"] ?? 0));
