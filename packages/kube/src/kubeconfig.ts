import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";

export interface KubeOptions {
  /** Path of a kubeconfig. Else `KUBECONFIG`, then the user's own, then the pod's service account. */
  readonly kubeconfig?: string | undefined;
  /** A context of the kubeconfig; its current one unless told. */
  readonly context?: string | undefined;
  /** Names the program in the server's audit log. */
  readonly userAgent?: string;
}

/** Where an API server is, and how requests show who sends them. */
export interface Access {
  /** Without a slash at the end. */
  readonly server: string;
  readonly namespace: string;
  readonly userAgent: string;
  /** Connections need an agent of client-node's making, because they go through a proxy. */
  readonly proxied: boolean;
  /** Adds certificates and the current token, renewed where they come from a file or a program. */
  authorize(options: RequestOptions): Promise<void>;
}

/** What client-node falls back to when it finds no configuration at all. */
const guessed = "http://localhost:8080";

const namesOf = (things: readonly { name: string }[]): string => things.map(({ name }) => name).join(", ") || "none";

const load = (config: KubeConfig, { kubeconfig, context }: KubeOptions): void => {
  const from = kubeconfig ?? "the default kubeconfig";
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    throw new Error(`kubeconfig: can't read ${from}: ${error instanceof Error ? error.message : String(error)}; give the path of a kubeconfig`, {
      cause: error,
    });
  }
  if (context !== undefined) {
    if (!config.getContextObject(context)) throw new Error(`kubeconfig: ${from} has no context "${context}"; it has: ${namesOf(config.getContexts())}`);
    config.setCurrentContext(context);
  }
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    throw new Error(
      `kubeconfig: ${from} has no cluster for its context "${config.getCurrentContext()}"; choose one of the contexts: ${namesOf(config.getContexts())}`,
    );
  }
  if (kubeconfig === undefined && cluster.server === guessed) {
    throw new Error("kubeconfig: there is none, and no service account of a pod; set KUBECONFIG or give the path of a kubeconfig");
  }
};

/** @throws Error that names file or context and what to do. */
export const readKubeconfig = async (options: KubeOptions): Promise<Access> => {
  // Loaded here because it takes a second and 80 MB, which a program that never gets here should not pay.
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  load(config, options);
  const cluster = config.getCurrentCluster()!;
  return {
    server: cluster.server.replace(/\/+$/, ""),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? "default",
    userAgent: options.userAgent ?? "allot",
    proxied: cluster.proxyUrl !== undefined,
    authorize: async (request) => config.applyToHTTPSOptions(request),
  };
};
