import { LedgerError, type Outcome, type Provenance, readOutcomes, type Segment, seal } from "@allot/ledger";
import { type Clock, TaskGroup } from "@allot/runtime";
import type { Store } from "@allot/store";
import type { LaneEvent, Lease, Transport } from "@allot/transport";
import type { Artifacts } from "./artifacts/artifacts.ts";
import { runPack } from "./pack.ts";
import { partialPacks } from "./partial.ts";
import type { Reuse } from "./reuse.ts";
import { noSuspects, suspectsOf } from "./suspects.ts";
import type { Trainer } from "./trainer.ts";

/** Everything a lane works with. */
export interface LaneOptions {
  readonly lane: string;
  readonly trainer: Trainer;
  /** The sweep's own store. */
  readonly store: Store;
  readonly transport: Transport;
  readonly reuse: Reuse;
  readonly artifacts: Artifacts;
  /** Without the data digests and what the trainer finds out, which the lane adds. */
  readonly provenance: Omit<Provenance, "data">;
  /** A pack delivered more often than 1 + this is trained trial by trial, to find the one that kills. */
  readonly infrastructureRetries: number;
  readonly heartbeatMilliseconds: number;
  readonly clock: Clock;
  /** What an hour of this lane costs; undefined where no price is set. */
  readonly hourlyPrice?: number | undefined;
  /** Hears how each trial that is trained here ended. */
  readonly onOutcome?: (outcome: Outcome) => void;
  /** Hears what is told to the controller. */
  readonly onEvent?: (event: LaneEvent) => void;
}

/** What a lane did until it ended. */
export interface LaneTally {
  sealed: number;
  /** Seals that came second: counted and discarded. */
  lost: number;
  released: number;
  failed: number;
}

/** A seal is not cut short by a pause, but must not hang for ever either. */
const sealMilliseconds = 60_000;

/**
 * Leases packs and trains them until the queue is closed, `pause` or `stop` is said (the pack is given back), or the signal
 * aborts. The seal comes before the event, the event before the ack, so whoever dies in between loses nothing.
 * @throws TransportError when the other end is gone.
 */
export const runLane = async (options: LaneOptions, { signal }: { signal: AbortSignal }): Promise<LaneTally> => {
  const tally: LaneTally = { sealed: 0, lost: 0, released: 0, failed: 0 };
  const group = new TaskGroup(signal);
  group.start(async (life) => {
    for await (const control of options.transport.control.changes({ signal: life })) if (control !== "run") group.abort();
  });
  group.start(async (life) => {
    try {
      while (!life.aborted) {
        const lease = await options.transport.lease(options.lane, { signal: life });
        if (lease === "closed") return;
        await work(options, lease, { tally, life });
      }
    } finally {
      group.abort();
    }
  });
  await group.join();
  return tally;
};

const work = async (options: LaneOptions, lease: Lease, { tally, life }: { tally: LaneTally; life: AbortSignal }): Promise<void> => {
  const about = { lane: options.lane, pack: lease.message.pack, delivery: lease.delivery };
  const say = async (event: Omit<LaneEvent, keyof typeof about>): Promise<void> => {
    options.onEvent?.({ ...about, ...event });
    await options.transport.events.publish({ ...about, ...event });
  };
  const beating = new TaskGroup(life);
  beating.start(async (signal) => beat(options, lease, { signal, lost: () => beating.abort(new Error("the lease is lost")) }));
  try {
    await say({ kind: "started" });
    const { sealed, counts } = await finish(options, lease, beating.signal);
    tally[sealed] += 1;
    await say({ kind: sealed, ...(counts ? { counts } : {}) });
    await lease.ack();
  } catch (error) {
    const interrupted = beating.signal.aborted;
    tally[interrupted ? "released" : "failed"] += 1;
    await say(interrupted ? { kind: "released" } : { kind: "failed", message: error instanceof Error ? error.message : String(error) });
    await lease.release();
  } finally {
    beating.abort();
    await beating.join();
  }
};

/** Keeps the lease while the pack is worked on. */
const beat = async (
  { clock, heartbeatMilliseconds }: LaneOptions,
  lease: Lease,
  { signal, lost }: { signal: AbortSignal; lost: () => void },
): Promise<void> => {
  while (!signal.aborted) {
    await clock.sleep(heartbeatMilliseconds, { signal });
    if (!(await lease.heartbeat())) lost();
  }
};

interface Finished {
  readonly sealed: "sealed" | "lost";
  readonly counts?: Record<string, number>;
}

const finish = async (options: LaneOptions, lease: Lease, signal: AbortSignal): Promise<Finished> => {
  const { store, infrastructureRetries: limit } = options;
  const { pack, name, first, last } = lease.message;
  const { delivery } = lease;
  // A former holder may have died between its seal and its ack; a broker that was killed may have forgotten that there was one.
  if (await isSealed(store, name, signal)) return { sealed: "lost" };
  const suspects = delivery > limit + 1 ? suspectsOf(store, { pack: name, limit: Math.max(1, limit) }) : noSuspects;
  const attempt = { lane: options.lane, delivery };
  const partial = partialPacks(store, { message: lease.message, provenance: { ...options.provenance, data: {} }, attempt });
  const { outcomes, measurements, digests, host } = await runPack(options, lease, { suspects, partial, signal });
  const segment: Segment = {
    pack,
    name,
    first,
    last,
    outcomes,
    measurements,
    provenance: { ...options.provenance, data: { ...digests }, host: { ...options.provenance.host, ...host } },
    attempt,
  };
  const sealed = await seal(store, segment, { signal: AbortSignal.timeout(sealMilliseconds) });
  return sealed === "sealed" ? { sealed, counts: countStates(outcomes) } : { sealed };
};

const isSealed = async (store: Store, name: string, signal: AbortSignal): Promise<boolean> => {
  try {
    await readOutcomes(store, name, { signal });
    return true;
  } catch (error) {
    if (error instanceof LedgerError && error.problem === "missing") return false;
    throw error;
  }
};

const countStates = (outcomes: readonly Outcome[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { state } of outcomes) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
};
