import os from "node:os";
import path from "node:path";
import { type Counts, type Course, endedOf, Feed, openCourse, Session, type Stopped, writeManifest } from "@allot/controller";
import type { Expansion } from "@allot/expansion";
import { type Ledger, openIdentities, settle, tidy } from "@allot/ledger";
import { clusterOnly, type Sweep } from "@allot/spec";
import { type Decision, NothingToPromote, promotedText } from "@allot/stages";
import { folderStore, type Store, withPrefix } from "@allot/store";
import { inProcessTransport } from "@allot/transport";
import { baseProvenance, studyCosts } from "@allot/worker";
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
  /** With the stages that have begun. */
  readonly expansion: Expansion;
  readonly decisions: readonly Decision[];
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
  const root = path.resolve(context.cwd, options.store);
  const rootStore = folderStore(root);
  const store = withPrefix(rootStore, prepared.folder);
  const lanes = options.lanes ?? prepared.sweep.spec.execution.lanes ?? os.availableParallelism();
  const changed = keptNote(await writeManifest(store, prepared.sweep, { signal }), prepared.sweep);
  await settle<Origin>(store, keys.origin, { make: () => ({ version: 1, manifestText: manifest.text, split: prepared.notes.join("\n") }), signal });
  const course = await openCourse({ store, sweep: prepared.sweep, packs: { lanes, ...prepared.lanes }, costs: studyCosts, signal }).catch(unpromoted);
  const { ledger } = course;
  const place = { store, path: path.join(root, prepared.folder), ledger };
  announce(o, course, changed);
  const end = (state: SweepEnd["state"], stopped?: Stopped): SweepEnd => {
    const { expansion, decisions } = course;
    return { ...place, state, counts: checked(ledger.counts(), expansion.trials), stopped, expansion, decisions };
  };
  if (course.complete) return end("complete");
  const stopped = await marked(store, async () => train(o, { root, course, lanes })).catch(unpromoted);
  // Also after a pause: other sweeps may take over what was trained.
  const finishing = new AbortController().signal;
  // The next run, or report, then reads only what comes after.
  await ledger.checkpoint({ signal: finishing });
  await openIdentities(rootStore).rebuild(prepared.folder, { signal: finishing });
  if (course.complete) {
    await tidy(store, { signal: finishing });
    return end("complete", stopped);
  }
  if (stopped?.reason === "error") throw new CliError(exitCodes.failed, `${stopped.message}\nmend it, or go on all the same with --keep-going`);
  return end(stopped ? "stopped" : "paused", stopped);
};

const unpromoted = (error: unknown): never => {
  throw error instanceof NothingToPromote ? new CliError(exitCodes.failed, error.message, { cause: error }) : error;
};

const announce = ({ prepared, output }: SweepRunOptions, course: Course, changed: string | undefined): void => {
  const { folder, notes, sweep } = prepared;
  const { expansion } = course;
  const { name } = sweep.metadata;
  const sealed = endedOf(course.ledger.counts());
  const already = course.complete ? "; all are sealed already, nothing to train" : `; ${grouped(sealed)} are sealed already and are not trained again`;
  const text = `${name}: ${plural(expansion.trials, "trial")} in ${plural(expansion.arms, "arm")}${sealed === 0 ? "" : already}`;
  output.say("sweep", { sweep: name, folder, trials: expansion.trials, arms: expansion.arms, sealed, notes }, text);
  for (const note of [...notes, ...(changed === undefined ? [] : [changed]), ...clusterNote(sweep)]) output.say("note", { sweep: name, note }, `  ${note}`);
  for (const decision of course.decisions) announceStage(name, decision, output);
};

const announceStage = (name: string, decision: Decision, output: Output): void => {
  const { stage, next, kept } = decision;
  output.say("stage", { sweep: name, stage, next, kept }, `${name}: ${promotedText(decision)}`);
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
  readonly course: Course;
  readonly lanes: number;
}

const train = async ({ prepared, manifest, options, context, output }: SweepRunOptions, { root, course, lanes }: Ground): Promise<Stopped | undefined> => {
  const { clock, signal, terminal, version } = context;
  const { execution, budget } = prepared.sweep.spec;
  const { name } = prepared.sweep.metadata;
  const { ledger } = course;
  const infrastructureRetries = execution.retries.infrastructure;
  const provenance = await baseProvenance({ version, manifest, engine: prepared.engine, signal });
  const transport = inProcessTransport({ clock, leaseMilliseconds });
  const progress = new Progress({ name, before: endedOf(ledger.counts()), clock, terminal, output });
  const onStage = (): void => {
    progress.end();
    announceStage(name, course.decisions.at(-1)!, output);
  };
  const feed = new Feed({ transport, course, sweep: prepared.folder, window: 4 * lanes, onStage });
  const session = new Session({
    transport,
    course,
    feed,
    infrastructureRetries,
    failedTrials: budget.failedTrials,
    guardStart: !options.keepGoing,
  });
  await feed.supply({ signal });
  const crew = new Crew({
    transport,
    lanes: Math.min(lanes, course.plan.packs),
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
      lanes: { gpu: course.plan.gpu ?? false },
      packing: execution.packing,
      memoryBytes: os.totalmem() / 2 / lanes,
      infrastructureRetries,
      heartbeatMilliseconds,
      provenance,
    },
  });
  await conduct({ transport, session, course, crew, progress, clock, signal });
  // The lanes are gone; what they sealed last is read also after a pause.
  await ledger.refresh({ signal: new AbortController().signal });
  progress.update({ counts: ledger.counts(), trained: 0, stage: course.stage }, { force: true });
  progress.end();
  return session.stopped;
};
