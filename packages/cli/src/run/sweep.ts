import os from "node:os";
import path from "node:path";
import { allowedFailures, type Counts, endedOf, Feed, isComplete, Session, type Stopped, settle, settlePlan, writeManifest } from "@allot/controller";
import { type Plan, packAt, planPacks } from "@allot/expansion";
import { type Ledger, openIdentities, openLedger, tidy } from "@allot/ledger";
import { clusterOnly, type Sweep } from "@allot/spec";
import { folderStore, type Store, withPrefix } from "@allot/store";
import { inProcessTransport } from "@allot/transport";
import { baseProvenance } from "@allot/worker";
import type { Context, Output } from "../context.ts";
import { CliError, exitCodes } from "../exit.ts";
import { keys, type Origin } from "../folder.ts";
import type { ManifestFile } from "../manifest.ts";
import { grouped, plural } from "../plan/text.ts";
import { conduct } from "./conduct.ts";
import { Crew } from "./crew.ts";
import { keptNote } from "./kept.ts";
import { marked } from "./mark.ts";
import type { RunOptions } from "./options.ts";
import type { Prepared } from "./prepare.ts";
import { Progress } from "./progress.ts";

/** A lane that stops its heartbeat for this long has lost its pack. Death shows at once, by the channel. */
const leaseMilliseconds = 60_000;
const heartbeatMilliseconds = 10_000;

/** How a run of one sweep ended. */
export interface SweepEnd {
  readonly state: "complete" | "paused" | "stopped";
  readonly counts: Counts;
  readonly stopped: Stopped | undefined;
  readonly store: Store;
  readonly path: string;
  readonly ledger: Ledger;
}

export interface SweepRunOptions {
  readonly prepared: Prepared;
  readonly manifest: ManifestFile;
  readonly options: RunOptions;
  readonly context: Context;
  readonly output: Output;
}

/** Trains what is not sealed yet. Aborting `context.signal` is a pause: lanes give their packs back and end. */
export const runSweep = async (o: SweepRunOptions): Promise<SweepEnd> => {
  const { prepared, options, context, manifest } = o;
  const { signal } = context;
  const { trials } = prepared.expansion;
  const root = path.resolve(context.cwd, options.store);
  const rootStore = folderStore(root);
  const store = withPrefix(rootStore, prepared.folder);
  const lanes = options.lanes ?? prepared.sweep.spec.execution.lanes ?? os.availableParallelism();
  const changed = keptNote(await writeManifest(store, prepared.sweep, { signal }), prepared.sweep);
  await settle<Origin>(store, keys.origin, { make: () => ({ version: 1, manifestText: manifest.text, split: prepared.notes.join("\n") }), signal });
  const plan = await settlePlan(store, () => planPacks(prepared.expansion, { lanes, ...prepared.lanes }), { signal });
  const ledger = await openLedger(store, { trials, signal });
  const place = { store, path: path.join(root, prepared.folder), ledger };
  announce(o, ledger.counts(), changed);
  if (isComplete(ledger.counts(), trials)) return { ...place, state: "complete", counts: ledger.counts(), stopped: undefined };
  const stopped = await marked(store, async () => train(o, { root, plan, ledger, lanes }));
  // Also after a pause: other sweeps may take over what was trained.
  const finishing = new AbortController().signal;
  // The next run, or report, then reads only what comes after.
  await ledger.checkpoint({ signal: finishing });
  await openIdentities(rootStore).rebuild(prepared.folder, { signal: finishing });
  const counts = checked(ledger.counts(), trials);
  if (isComplete(counts, trials)) {
    await tidy(store, { signal: finishing });
    return { ...place, state: "complete", counts, stopped };
  }
  if (stopped?.reason === "error") throw new CliError(exitCodes.failed, `${stopped.message}\nmend it, or go on all the same with --keep-going`);
  return { ...place, state: stopped ? "stopped" : "paused", counts, stopped };
};

const announce = ({ prepared, output }: SweepRunOptions, before: Counts, changed: string | undefined): void => {
  const { expansion, folder, notes, sweep } = prepared;
  const { name } = sweep.metadata;
  const sealed = endedOf(before);
  const already =
    sealed === expansion.trials ? "; all are sealed already, nothing to train" : `; ${grouped(sealed)} are sealed already and are not trained again`;
  const text = `${name}: ${plural(expansion.trials, "trial")} in ${plural(expansion.arms, "arm")}${sealed === 0 ? "" : already}`;
  output.say("sweep", { sweep: name, folder, trials: expansion.trials, arms: expansion.arms, sealed, notes }, text);
  for (const note of [...notes, ...(changed === undefined ? [] : [changed]), ...clusterNote(sweep)]) output.say("note", { sweep: name, note }, `  ${note}`);
};

/** Fields for a cluster do no harm here, and nothing either. */
const clusterNote = (sweep: Sweep): string[] => {
  const fields = clusterOnly(sweep);
  return fields.length > 0 ? [`for a cluster only, and not used here: ${fields.join(", ")}`] : [];
};

/** Every trial is counted once, or the ledger is broken. */
const checked = (counts: Counts, total: number): Counts => {
  const sum = counts.Pending + counts.Running + endedOf(counts);
  if (sum !== total) throw new Error(`the ledger holds ${sum} trials of ${total}: ${JSON.stringify(counts)}`);
  return counts;
};

interface Ground {
  readonly root: string;
  readonly plan: Plan;
  readonly ledger: Ledger;
  readonly lanes: number;
}

const train = async (
  { prepared, manifest, options, context, output }: SweepRunOptions,
  { root, plan, ledger, lanes }: Ground,
): Promise<Stopped | undefined> => {
  const { clock, signal, terminal, version } = context;
  const { execution, budget } = prepared.sweep.spec;
  const { trials } = prepared.expansion;
  const infrastructureRetries = execution.retries.infrastructure;
  const provenance = await baseProvenance({ version, manifest, engine: prepared.engine, signal });
  const transport = inProcessTransport({ clock, leaseMilliseconds });
  const feed = new Feed({ transport, plan, sweep: prepared.folder, sealed: (pack) => ledger.sealed(pack), window: 4 * lanes });
  const session = new Session({
    transport,
    ledger,
    feed,
    packOf: (pack) => packAt(plan, pack),
    infrastructureRetries,
    allowedFailures: allowedFailures(budget.failedTrials, trials),
    guardStart: !options.keepGoing,
  });
  const progress = new Progress({ name: prepared.sweep.metadata.name, total: trials, before: endedOf(ledger.counts()), clock, terminal, output });
  await feed.fill();
  const crew = new Crew({
    transport,
    lanes: Math.min(lanes, plan.packs),
    clock,
    hasWorked: (lane) => session.hasWorked(lane),
    onLane: (news) => {
      if (news.state === "died") progress.end();
      output.say("lane", { ...news }, news.state === "died" ? `${news.lane} died (${news.how}); its pack goes to another lane` : "");
    },
    launch: {
      root,
      sweep: prepared.folder,
      reuse: options.reuse,
      program: prepared.program,
      lanes: { gpu: plan.gpu ?? false },
      packing: execution.packing,
      memoryBytes: os.totalmem() / 2 / lanes,
      infrastructureRetries,
      heartbeatMilliseconds,
      provenance,
    },
  });
  await conduct({ transport, session, crew, progress, clock, signal });
  // The lanes are gone; what they sealed last is read also after a pause.
  await ledger.refresh({ signal: new AbortController().signal });
  progress.update({ counts: ledger.counts(), trained: 0 }, { force: true });
  progress.end();
  return session.stopped;
};
