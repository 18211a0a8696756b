import { type SweepObject, sweeps } from "@allot/controller";
import { expand } from "@allot/expansion";
import { type Draft, isConflict, isInvalid } from "@allot/kube";
import { canonicalJson, laptopOnly, manifestError, programIssues, type Sweep, writtenManifest } from "@allot/spec";
import type { Context } from "../context.ts";
import { CliError, type ExitCode, exitCodes } from "../exit.ts";
import { readManifest } from "../manifest.ts";
import { plural } from "../plan/text.ts";
import { checkRunnable } from "../run/checks.ts";
import { type Cluster, type ClusterOptions, inWords, onCluster } from "./connection.ts";
import { watchUntilEnded } from "./watch.ts";

/** Under which the API server remembers what manifests set. */
export const fieldManager = "allot-cli";

export interface ApplyOptions extends ClusterOptions {
  readonly dryRun: boolean;
  readonly wait: boolean;
  readonly forceConflicts: boolean;
}

/** `allot apply`: checks a manifest as `run` does, then gives it to the cluster; nothing is given before every document is found right. */
export const apply = async (file: string, options: ApplyOptions, context: Context): Promise<ExitCode> => {
  const { sweeps: read } = await readManifest(file, context);
  const checked = read.map((sweep) => ({ sweep, trials: check(sweep) }));
  return onCluster(options, context, async (cluster) => {
    const drafts = checked.map(({ sweep, trials }) => ({ draft: draftOf(sweep, { file, options, cluster }), trials }));
    const applied: SweepObject[] = [];
    for (const { draft, trials } of drafts) applied.push(await applyOne(draft, { file, trials, options, cluster }));
    if (!options.wait || options.dryRun) return exitCodes.ok;
    const uids = new Set(applied.map(({ metadata }) => metadata.uid));
    const namespaces = new Set(applied.map(({ metadata }) => metadata.namespace));
    const [only = cluster.namespace, ...more] = namespaces;
    return watchUntilEnded({ ...cluster, namespace: only }, { all: more.length > 0, wanted: ({ metadata }) => uids.has(metadata.uid) });
  });
};

/** @returns how many trials it is. @throws ManifestError, CliError */
const check = (sweep: Sweep): number => {
  const elsewhere = [...laptopOnly(sweep), ...programIssues(sweep.spec, "cluster")];
  if (elsewhere.length > 0) throw manifestError(sweep, elsewhere);
  const expansion = expand(sweep);
  checkRunnable(sweep, expansion);
  return expansion.trials;
};

interface Place {
  readonly file: string;
  readonly options: ApplyOptions;
  readonly cluster: Cluster;
}

/** Only what the author wrote: a default that is not set belongs to nobody, and may be set by `allot scale` or `kubectl`. */
const draftOf = (sweep: Sweep, { file, options, cluster }: Place): Draft<SweepObject> => {
  const { namespace = cluster.namespace, name } = sweep.metadata;
  if (options.namespace !== undefined && options.namespace !== namespace) {
    throw new CliError(
      exitCodes.usage,
      `${file}: ${name} has metadata.namespace "${namespace}", --namespace says "${options.namespace}": leave one of them out`,
    );
  }
  const { metadata, spec } = writtenManifest(sweep) as Pick<SweepObject, "metadata" | "spec">;
  return { metadata: { ...metadata, namespace }, spec };
};

const applyOne = async (draft: Draft<SweepObject>, { file, trials, options, cluster }: Place & { trials: number }): Promise<SweepObject> => {
  const { kube, output, context } = cluster;
  const { signal } = context;
  const { name, namespace = "" } = draft.metadata;
  const { dryRun, forceConflicts: force } = options;
  const before = await kube.resource(sweeps).get(name, { namespace, signal });
  try {
    const after = await give(draft, { before, force, dryRun, cluster });
    const done = changeOf(before, after);
    const tail = dryRun ? " (dry run: the server would take it)" : "";
    output.say(
      "applied",
      { sweep: name, namespace, change: done, trials, dryRun },
      `${name}: ${done} in namespace ${namespace}, ${plural(trials, "trial")}${tail}`,
    );
    return after;
  } catch (error) {
    signal.throwIfAborted();
    throw refusal(error, `${file}: ${name}: `);
  }
};

interface Giving {
  readonly before: SweepObject | undefined;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly cluster: Cluster;
}

/** Applies the draft; a conflict about fields that stay as they are is none. @throws CliError for one that is */
const give = async (draft: Draft<SweepObject>, { before, force, dryRun, cluster }: Giving): Promise<SweepObject> => {
  const resource = cluster.kube.resource(sweeps);
  const options = { fieldManager, dryRun, signal: cluster.context.signal };
  try {
    return await resource.apply(draft, { ...options, force });
  } catch (error) {
    if (!isConflict(error) || !before) throw error;
    // What the server fills in inside a list differs from what was written there, to another manager.
    const forced = await resource.apply(draft, { ...options, force: true, dryRun: true });
    if (setOf(before) === setOf(forced)) return resource.apply(draft, { ...options, force: true });
    const lines = error.causes.filter(({ field }) => !isSame(before, forced, field)).map(({ field, message }) => `  ${field.replace(/^\./, "")}: ${message}`);
    const text = `others have set fields of it since:\n${lines.join("\n")}\ntake over their values into the manifest, or overwrite them with --force-conflicts`;
    throw new CliError(exitCodes.cluster, text, { cause: error });
  }
};

/** Whether a field such as `.spec.execution.lanes` is there and the same in both. */
const isSame = (a: unknown, b: unknown, field: string): boolean => {
  const at = (object: unknown): unknown =>
    field
      .split(".")
      .slice(1)
      .reduce((value: unknown, name) => Object(value)[name], object);
  return at(a) !== undefined && at(b) !== undefined && canonicalJson(at(a)) === canonicalJson(at(b));
};

/** What an author sets of an object; the spec by its generation. */
const setOf = ({ metadata: { generation = 0, labels = {}, annotations = {} } }: SweepObject): string => canonicalJson({ generation, labels, annotations });

/** Writes of the controller come between, so versions tell nothing: what an author sets does. */
const changeOf = (before: SweepObject | undefined, after: SweepObject): "created" | "changed" | "unchanged" => {
  if (!before) return "created";
  return setOf(before) === setOf(after) ? "unchanged" : "changed";
};

const refusal = (error: unknown, about: string): unknown => {
  const said = inWords(error);
  return said instanceof CliError && (isInvalid(error) || said === error) ? new CliError(said.code, `${about}${said.message}`, { cause: error }) : said;
};
