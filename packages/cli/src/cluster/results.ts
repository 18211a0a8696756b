import { judge, type SweepObject, storeVariables } from "@allot/controller";
import type { Sweep } from "@allot/spec";
import { openStore, type Store, type StoreEnvironment, storeProblem } from "@allot/store";
import type { Context } from "../context.ts";
import { CliError, exitCodes } from "../exit.ts";
import { openSweep, type SweepFolder, storedSweep } from "../folder.ts";
import { type Cluster, type ClusterOptions, getSweep, withCluster } from "./connection.ts";
import { secretOf } from "./secret.ts";
import { viewOf } from "./view.ts";

/** A store that is away is asked again for this long (ms): a person waits. */
const patience = 5000;

interface Access {
  readonly environment: StoreEnvironment;
  /** Of the Secret that it came from, `namespace/name`; undefined where the person's own environment says it all. */
  readonly secret: string | undefined;
}

/** Results in a bucket: `sweep/<name>` of a cluster, or the `s3://…` address itself. @throws CliError, StoreError, LedgerError */
export const openRemote = async (target: string, options: ClusterOptions, context: Context): Promise<SweepFolder> => {
  if (target.startsWith("s3://")) {
    const access = own(context.environment) ?? (await withCluster(options, context, async (cluster) => fromSecret(undefined, cluster)).catch(withoutCluster));
    return open(target, access, { context });
  }
  return withCluster(options, context, async (cluster) => openOf(await getSweep(target.slice("sweep/".length), cluster), cluster));
};

/** The results of a cluster's sweep. @throws CliError, StoreError, LedgerError */
export const openOf = async (object: SweepObject, cluster: Cluster): Promise<SweepFolder> => {
  const { context } = cluster;
  const { results } = object.status ?? {};
  if (results === undefined) {
    const { name, reason, message } = viewOf(object, context.clock.now());
    const why = reason === "" ? "the controller says where they are once the store answers" : `${reason}: ${message}`;
    throw new CliError(exitCodes.failed, `sweep/${name}: has no results yet: ${why}`);
  }
  return open(results, own(context.environment) ?? (await fromSecret(object, cluster)), { context, object });
};

/** What the person's environment says, when it says who asks. */
const own = (environment: StoreEnvironment): Access | undefined =>
  environment.AWS_ACCESS_KEY_ID && environment.AWS_SECRET_ACCESS_KEY ? { environment: pick(environment), secret: undefined } : undefined;

const pick = (from: StoreEnvironment): StoreEnvironment => Object.fromEntries(storeVariables.flatMap((name) => (from[name] ? [[name, from[name]]] : [])));

/** Who asks comes from the Secret; where the server is, the person may know better: a cluster's own address means nothing outside. */
const fromSecret = async (object: SweepObject | undefined, cluster: Cluster): Promise<Access> => {
  const { name, variables } = await secretOf(object, cluster);
  const { ALLOT_S3_ENDPOINT, AWS_REGION } = pick(cluster.context.environment);
  const environment = { ...pick(variables), ...(ALLOT_S3_ENDPOINT ? { ALLOT_S3_ENDPOINT } : {}), ...(AWS_REGION ? { AWS_REGION } : {}) };
  return { environment, secret: name };
};

const withoutCluster = (error: unknown): never => {
  if (!(error instanceof CliError)) throw error;
  throw new CliError(exitCodes.usage, `AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, and no Secret of a cluster has them: ${error.message}`, {
    cause: error,
  });
};

/** The manifest in the cluster, where it is that of the results: what is claimed may have changed since they were complete. */
const manifestAt = async (object: SweepObject, store: Store, signal: AbortSignal): Promise<Sweep | undefined> => {
  const judged = judge(object, await storedSweep(store, signal));
  return "sweep" in judged ? judged.sweep : undefined;
};

interface Opening {
  readonly context: Context;
  /** Undefined where only the address is known. */
  readonly object?: SweepObject;
}

const open = async (address: string, { environment, secret }: Access, { context: { signal }, object }: Opening): Promise<SweepFolder> => {
  try {
    const store = openStore({ ...environment, ALLOT_STORE: address.replace(/\/$/, "") }, { retryMilliseconds: patience });
    const at = object && (await manifestAt(object, store, signal));
    return await openSweep(store, address, { signal, ...(at === undefined ? {} : { at }) });
  } catch (error) {
    signal.throwIfAborted();
    const problem = storeProblem(error);
    if (problem) throw new CliError(exitCodes.failed, `${address}: ${problem.message}${hint(problem.reason, { environment, secret })}`, { cause: error });
    if (error instanceof CliError) throw new CliError(error.code, `${address}: ${error.message}`, { cause: error });
    throw error;
  }
};

const hint = (reason: string, { environment, secret }: Access): string => {
  if (secret === undefined) return "";
  if (reason !== "StoreUnreachable") return ` (credentials of Secret ${secret})`;
  const { ALLOT_S3_ENDPOINT: endpoint } = environment;
  return `\n${endpoint ?? "the address"} is that of Secret ${secret}, for lanes in the cluster: from outside set ALLOT_S3_ENDPOINT to an address that leads there, such as http://127.0.0.1:9000 after kubectl port-forward`;
};
