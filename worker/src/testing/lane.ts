import { homedir } from "node:os";
import { type Expansion, packAt, planPacks } from "@allot/expansion";
import { type Clock, systemClock } from "@allot/runtime";
import type { Store } from "@allot/store";
import { inProcessTransport, type LaneEvent, type Transport } from "@allot/transport";
import { artifactsOf } from "../artifacts/artifacts.ts";
import { type LaneOptions, type LaneTally, runLane } from "../lane.ts";
import { noReuse, type Reuse } from "../reuse.ts";
import { studyTrainer } from "../study-trainer.ts";
import type { Trainer } from "../trainer.ts";
import { dataShelf } from "../work.ts";

const { signal } = new AbortController();

/** A lane in this process, with all of a sweep's packs on its queue. */
export interface TestLane {
  readonly transport: Transport;
  readonly packs: number;
  readonly events: readonly LaneEvent[];
  run(): Promise<LaneTally>;
}

export interface TestLaneOptions {
  readonly expansion: Expansion;
  readonly store: Store;
  readonly trialsPerPack: number;
  /** Studies' unless told. */
  readonly trainer?: Trainer;
  readonly reuse?: Reuse;
  readonly clock?: Clock;
  readonly leaseMilliseconds?: number;
  readonly infrastructureRetries?: number;
  readonly hourlyPrice?: number;
}

/** Publishes every pack and closes the queue. */
export const makeLane = async (o: TestLaneOptions): Promise<TestLane> => {
  const { expansion, store, reuse = noReuse, clock = systemClock, infrastructureRetries = 3 } = o;
  const plan = planPacks(expansion, { lanes: 1, trialsPerPack: o.trialsPerPack });
  const transport = inProcessTransport({ clock, leaseMilliseconds: o.leaseMilliseconds ?? 60_000 });
  for (let pack = 0; pack < plan.packs; pack++) await transport.publish({ sweep: "test", ...packAt(plan, pack) });
  transport.closeQueue();
  const events: LaneEvent[] = [];
  const options: LaneOptions = {
    lane: "lane-0",
    store,
    transport,
    trainer:
      o.trainer ??
      studyTrainer({
        expansion,
        shelf: dataShelf({ folders: [], cache: "" }),
        lanes: {},
        packing: "auto",
        memoryBytes: 1e9,
        environment: {},
        home: homedir(),
        clock,
      }),
    reuse,
    artifacts: artifactsOf(expansion.sweep, store),
    provenance: { allot: "0", lockfile: "none", manifest: "none", engine: { name: "wasm", version: "0", numerics: 1 }, host: {} },
    infrastructureRetries,
    heartbeatMilliseconds: 10_000,
    hourlyPrice: o.hourlyPrice,
    clock,
  };
  const listen = async (ended: AbortSignal): Promise<void> => {
    for await (const event of transport.events.subscribe({ signal: ended })) events.push(event);
  };
  return {
    transport,
    packs: plan.packs,
    events,
    run: async () => {
      const ended = new AbortController();
      const listening = listen(ended.signal);
      const tally = await runLane(options, { signal });
      // What was published last is read before the listener goes.
      await clock.sleep(0, { signal });
      ended.abort();
      await listening;
      return tally;
    },
  };
};
