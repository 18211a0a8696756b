import path from "node:path";
import { type SweepObject, sweeps } from "@allot/controller";
import { isInvalid, isNotFound, isUnknownResource, type Kube, KubeError, openKube } from "@allot/kube";
import { type Context, type Output, type OutputFormat, outputTo } from "../context.ts";
import { CliError, type ExitCode, exitCodes } from "../exit.ts";

/** How a person says which cluster, as to kubectl. */
export interface ClusterOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
  readonly output: OutputFormat;
}

/** A cluster, and the namespace that a command is about. */
export interface Cluster {
  readonly kube: Kube;
  readonly namespace: string;
  readonly context: Context;
  readonly output: Output;
}

/** Does something with the cluster that the options name, or kubectl's own, and closes all connections after it. @throws CliError */
export const withCluster = async <T>(options: ClusterOptions, context: Context, work: (cluster: Cluster) => Promise<T>): Promise<T> => {
  const kube = await connect(options, context);
  try {
    return await work({ kube, namespace: options.namespace ?? kube.namespace, context, output: outputTo(context.terminal, options.output) });
  } catch (error) {
    throw inWords(error);
  } finally {
    kube.close();
  }
};

/** The same for a whole command. Whoever stops it stops nothing in the cluster. */
export const onCluster = async (options: ClusterOptions, context: Context, work: (cluster: Cluster) => Promise<ExitCode>): Promise<ExitCode> => {
  try {
    return await withCluster(options, context, work);
  } catch (error) {
    if (context.signal.aborted) return exitCodes.paused;
    throw error;
  }
};

const connect = async ({ kubeconfig, context: name }: ClusterOptions, { cwd, version }: Context): Promise<Kube> => {
  try {
    return await openKube({ kubeconfig: kubeconfig === undefined ? undefined : path.resolve(cwd, kubeconfig), context: name, userAgent: `allot/${version}` });
  } catch (error) {
    throw new CliError(exitCodes.usage, `${error instanceof Error ? error.message : String(error)} (--kubeconfig, --context)`, { cause: error });
  }
};

/** What the API server said, for a person. Errors that are none of its pass unchanged. */
export const inWords = (error: unknown): unknown => {
  if (!(error instanceof KubeError)) return error;
  const { message, causes } = error;
  if (isUnknownResource(error)) {
    return new CliError(exitCodes.cluster, "the cluster knows no sweeps: install Allot in it with: kubectl apply -k manifests/default", { cause: error });
  }
  if (isNotFound(error) && message.startsWith("namespaces ")) {
    return new CliError(exitCodes.usage, `${message}: create it with kubectl create namespace, or name another one with --namespace`, { cause: error });
  }
  const said = causes.map((cause) => `  ${cause.field === "" ? "" : `${cause.field}: `}${cause.message}`);
  const code = isInvalid(error) ? exitCodes.usage : exitCodes.cluster;
  return new CliError(code, said.length === 0 ? message : ["the API server refuses this:", ...said].join("\n"), { cause: error });
};

/** The sweep of that name. @throws CliError that names those there are. */
export const getSweep = async (name: string, { kube, namespace, context: { signal } }: Cluster): Promise<SweepObject> => {
  const found = await kube.resource(sweeps).get(name, { namespace, signal });
  if (found) return found;
  const { items } = await kube.resource(sweeps).list({ namespace, signal });
  const names = items.map(({ metadata }) => metadata.name).join(", ");
  throw new CliError(exitCodes.usage, `namespace ${namespace} has no sweep "${name}"; it has: ${names === "" ? "none" : names}`);
};
