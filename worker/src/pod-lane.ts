import { type Expansion, engineOf, expand, type Plan, studyOf } from "@allot/expansion";
import { openIdentities } from "@allot/ledger";
import type { Clock, Log } from "@allot/runtime";
import { checkSweep, cpusOf, gpusOf, hourlyPrice, type Lanes, manifestText, type Share, type Sweep, sha256, stageSweeps } from "@allot/spec";
import { readStages } from "@allot/stages";
import { openStore, probeStore, type Store, withPrefix } from "@allot/store";
import { DataError } from "@allot/studies";
import { natsTransport, type Transport } from "@allot/transport";
import { artifactsOf } from "./artifacts/artifacts.ts";
import { build } from "./build.ts";
import { DataMissing, dataPlaces } from "./data.ts";
import { fetchData } from "./data-sources.ts";
import { checkGpu, GpuIdle } from "./gpu.ts";
import { inspectData } from "./inspect-data.ts";
import { type LaneOptions, runLane } from "./lane.ts";
import { openTrainer } from "./open-trainer.ts";
import { Misconfigured, type PodSettings } from "./pod-settings.ts";
import { type BaseProvenance, engineFacts, hostFacts } from "./provenance.ts";
import { metricsAsked, reuseByIdentity } from "./reuse.ts";
import { stagedTrainer } from "./staged-trainer.ts";
import { dataShelf } from "./work.ts";

export interface PodLaneOptions {
  readonly settings: PodSettings;
  readonly data: { readonly environment: Readonly<Record<string, string | undefined>>; readonly home: string; readonly scratch: string };
  readonly log: Log;
  readonly clock: Clock;
}

/** A pack is lost to a lane that was not heard of for this long (ms); the controller's end says the same. */
const leaseMilliseconds = 30_000;
const heartbeatMilliseconds = 8000;
/** A store may be away or restart for this long (ms) before a lane gives up what it has trained. */
const storePatience = 600_000;

/** Works until the sweep is closed or stopped; waits while it is paused. @throws Misconfigured with the fix, StoreError, TransportError */
export const podLane = async (o: PodLaneOptions, { signal }: { signal: AbortSignal }): Promise<void> => {
  const { settings, clock, log } = o;
  await checkStore(settings, signal);
  const onRetry = (error: Error): void => log.warn("the store fails; it is tried again", { error: error.message });
  const root = openStore(settings.store, { retryMilliseconds: storePatience, onRetry, clock });
  const store = withPrefix(root, settings.sweep);
  const { expansion } = await readStages(store, await readSweep(store, signal), { signal });
  const lanes = await readLanes(store, signal);
  checkDevice(o, expansion, lanes);
  const trainer = await readyTrainer(o, { store, expansion, lanes, signal });
  const transport = await natsTransport({ ...settings.nats, sweep: settings.uid, end: "lane", clock, leaseMilliseconds, signal });
  const { execution } = expansion.sweep.spec;
  const lane: LaneOptions = {
    lane: settings.lane,
    trainer,
    store,
    transport,
    reuse: reuseByIdentity({ store: root, identities: openIdentities(root), metrics: metricsAsked(expansion.sweep) }),
    artifacts: artifactsOf(expansion.sweep, store),
    provenance: provenanceOf(expansion, lanes, settings),
    infrastructureRetries: execution.retries.infrastructure,
    heartbeatMilliseconds,
    hourlyPrice: hourlyPrice(execution.prices, shareOf(execution.resources, settings.threads)),
    clock,
    onOutcome: ({ trial, state, failure, message }) => log.info(state, { trial, failure, reason: message }),
    onEvent: ({ kind, pack, delivery, message }) => log.info(kind, { pack, delivery, reason: message }),
  };
  log.info("ready", { trials: expansion.trials });
  try {
    await workWhileWanted(lane, transport, signal);
  } finally {
    await transport.close();
  }
};

/** Of what its pod asks for, each thread takes the same. */
const shareOf = (resources: Sweep["spec"]["execution"]["resources"], threads: number): Share => ({
  cpus: cpusOf(resources) / threads,
  gpus: gpusOf(resources) / threads,
});

const workWhileWanted = async (lane: LaneOptions, transport: Transport, signal: AbortSignal): Promise<void> => {
  for await (const control of transport.control.changes({ signal })) {
    if (control === "stop") return;
    if (control === "pause") continue;
    await runLane(lane, { signal });
    // Not told to go: then the queue is closed.
    if (transport.control.get() === "run") return;
  }
};

const checkStore = async ({ store }: PodSettings, signal: AbortSignal): Promise<void> => {
  const problem = await probeStore(store, { signal });
  if (!problem) return;
  // What is only away comes back by itself.
  if (problem.reason === "StoreUnreachable") throw new Error(problem.message);
  throw new Misconfigured(problem.message);
};

const readSweep = async (store: Store, signal: AbortSignal): Promise<Sweep> => {
  const manifest = await store.get("manifest.json", { signal });
  if (!manifest)
    throw new Misconfigured("the sweep's manifest.json is not in the store: the controller writes it; are ALLOT_STORE and ALLOT_SWEEP the controller's?");
  const checked = checkSweep(JSON.parse(new TextDecoder().decode(manifest)));
  if ("issues" in checked) throw new Misconfigured(`manifest.json was written by another version of Allot: ${checked.issues[0]?.message ?? ""}`);
  return checked.sweep;
};

/** The controller decided it once, when the sweep began. */
const readLanes = async (store: Store, signal: AbortSignal): Promise<Lanes> => {
  const plan = await store.get("plan.json", { signal });
  if (!plan) throw new Misconfigured("the sweep's plan.json is not in the store: the controller writes it; are ALLOT_STORE and ALLOT_SWEEP the controller's?");
  const { gpu = false } = JSON.parse(new TextDecoder().decode(plan)) as Plan;
  return { gpu };
};

/** A lane that has a GPU must compute on it, unless it was told not to. @throws Misconfigured */
const checkDevice = ({ settings, data }: PodLaneOptions, expansion: Expansion, lanes: Lanes): void => {
  const { trainer, execution } = expansion.sweep.spec;
  if (!settings.gpu || !trainer.study) return;
  try {
    checkGpu(studyOf(expansion, expansion.trialAt(0)), data.environment, { lanes, deterministic: execution.determinism === "strict" });
  } catch (error) {
    throw error instanceof GpuIdle ? new Misconfigured(error.message) : error;
  }
};

/** Fetches and reads the data before anything is leased, and notes how they were split for the report. */
const readyTrainer = async (
  { settings, data, log, clock }: PodLaneOptions,
  { store, expansion, lanes, signal }: { store: Store; expansion: Expansion; lanes: Lanes; signal: AbortSignal },
): ReturnType<typeof openTrainer> => {
  const { sweep } = expansion;
  const folders = await fetchData(data.environment, { signal });
  const environment = { ...data.environment, ALLOT_DATA: [...folders, data.environment["ALLOT_DATA"] ?? ""].filter((folder) => folder !== "").join(":") };
  const shelf = dataShelf(dataPlaces(environment, data.home));
  const notes = new Set<string>();
  // Any arm may come to be trained in any stage.
  const stages = sweep.spec.trainer.study ? stageSweeps(sweep) : [];
  for (const stage of stages) for (const note of await inspectData(expand(stage), shelf).catch(explainData)) notes.add(note);
  const origin = { version: 1, manifestText: manifestText(sweep), split: [...notes].join("\n") };
  await store.create("origin.json", new TextEncoder().encode(JSON.stringify(origin)), { signal });
  const { packing } = sweep.spec.execution;
  const onLine = (trial: number, line: string): void => log.info(line, { trial });
  // Half is left to the rest of the process.
  const memoryBytes = settings.memoryBytes / 2;
  const place = { program: undefined, lanes, packing, memoryBytes, environment, home: data.home, scratch: data.scratch, onLine, clock, shelf };
  return stagedTrainer(expansion, {
    open: async (known) => openTrainer({ ...place, expansion: known }),
    read: async (options) => readStages(store, sweep, options).then((read) => read.expansion),
  });
};

const explainData = (error: unknown): never => {
  if (error instanceof DataMissing) throw new Misconfigured(`${error.message}\n  in a cluster: name the volume or object that holds it in spec.execution.data`);
  if (error instanceof DataError) throw new Misconfigured(error.message);
  throw error;
};

const provenanceOf = (expansion: Expansion, lanes: Lanes, { image }: PodSettings): BaseProvenance => {
  const { version, lockfile } = build();
  return {
    allot: version,
    lockfile,
    manifest: sha256(manifestText(expansion.sweep)),
    engine: engineFacts(engineOf(expansion, lanes), version),
    host: { ...hostFacts(), ...(image === undefined ? {} : { image }) },
  };
};
