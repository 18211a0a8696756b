import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@allot/runtime";
import { program } from "../build/programs.ts";
import type { RunOptions } from "../process/run.ts";
import { run } from "../process/run.ts";
import type { Server } from "../process/server.ts";
import { startApiServer } from "./api-server.ts";
import { startControllerManager, startScheduler } from "./controllers.ts";
import { credentialsIn } from "./credentials.ts";
import { startEtcd } from "./etcd.ts";
import { kubeconfigOf } from "./kubeconfig.ts";

/** Whom a kubeconfig speaks for, and through what. */
export interface KubeconfigRequest {
  /** Where missing: the administrator. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
  /** The kubelet of the real node. */
  readonly node?: boolean;
  /** URL that stands in for the API server's, such as a proxy's on 127.0.0.1. */
  readonly server?: string;
}

/** A real Kubernetes API, and what runs behind it. */
export interface ControlPlane {
  readonly folder: string;
  /** URL of the API server. */
  readonly server: string;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Path of a file with a line of JSON for each request that was answered. */
  readonly auditLog: string;
  readonly apiServer: Server;
  readonly etcd: Server;
  /** Path of the certificate that the API server shows to kubelets. */
  readonly kubeletClient: string;
  /** Runs kubectl as the administrator; returns its output, throws with its words. */
  readonly kubectl: (args: readonly string[], options?: RunOptions) => Promise<string>;
  /** Waits until a kind whose definition was just applied is answered for, named as kubectl knows it. */
  readonly served: (kind: string) => Promise<void>;
  /** Writes a kubeconfig, with a token of a day for a ServiceAccount; returns its path. */
  kubeconfigFor(request: KubeconfigRequest): Promise<string>;
  /** Stops everything, the API server before etcd. */
  stop(): Promise<void>;
}

export interface ControlPlaneOptions {
  /** Holds data, logs and credentials; a control plane started on it again goes on. */
  readonly folder: string;
  /** Whether kube-controller-manager and kube-scheduler run too. */
  readonly controllers?: boolean;
}

/** Starts etcd and kube-apiserver, and with `controllers` the rest; all are ready when it resolves. */
export const startControlPlane = async ({ folder, controllers = false }: ControlPlaneOptions): Promise<ControlPlane> => {
  const started: Server[] = [];
  const stop = async (): Promise<void> => {
    for (const server of started.toReversed()) await server.stop();
  };
  try {
    const credentials = await credentialsIn(join(folder, "credentials"));
    const etcd = await startEtcd(folder);
    started.push(etcd.server);
    const api = await startApiServer({ folder, etcdUrl: etcd.url, credentials, serviceAccounts: controllers });
    started.push(api.server);
    const access = { server: api.url, authority: api.authority };
    const kubeconfig = join(folder, "kubeconfig");
    await writeFile(kubeconfig, kubeconfigOf({ ...access, token: credentials.adminToken }), { mode: 0o600 });
    const kubectlPath = await program("kubectl");
    const kubectl: ControlPlane["kubectl"] = async (args, options) => run(kubectlPath, [`--kubeconfig=${kubeconfig}`, ...args], options);
    if (controllers) {
      started.push(
        ...(await Promise.all([startControllerManager({ folder, kubeconfig, privateKey: credentials.privateKey }), startScheduler({ folder, kubeconfig })])),
      );
      await serviceAccountIn("default", kubectl);
    }
    let written = 0;
    const kubeconfigFor: ControlPlane["kubeconfigFor"] = async ({ serviceAccount, node = false, server = api.url }) => {
      const own = node ? credentials.nodeToken : credentials.adminToken;
      const token =
        serviceAccount === undefined ? own : (await kubectl(["create", "token", "-n", serviceAccount.namespace, serviceAccount.name, "--duration=24h"])).trim();
      const path = join(folder, `kubeconfig-${serviceAccount?.name ?? "admin"}-${++written}`);
      await writeFile(path, kubeconfigOf({ ...access, server, token }), { mode: 0o600 });
      return path;
    };
    const { url: server, server: apiServer, auditLog } = api;
    return {
      folder,
      server,
      kubeconfig,
      auditLog,
      apiServer,
      etcd: etcd.server,
      kubeletClient: credentials.kubeletClient.certificate,
      kubectl,
      served: async (kind) => servedBy(kubectl, kind),
      kubeconfigFor,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** No pod is admitted before the controllers have made its namespace's ServiceAccount. */
const serviceAccountIn = async (namespace: string, kubectl: ControlPlane["kubectl"]): Promise<void> => {
  const signal = AbortSignal.timeout(30_000);
  while (!(await kubectl(["get", "serviceaccount", "default", "-n", namespace, "--ignore-not-found", "-o", "name"]))) await systemClock.sleep(50, { signal });
};

/** Not with `kubectl wait --for=condition=Established`, which fails on a definition that has no conditions yet. */
const servedBy = async (kubectl: ControlPlane["kubectl"], kind: string): Promise<void> => {
  const signal = AbortSignal.timeout(30_000);
  for (;;) {
    const refusal: unknown = await kubectl(["get", kind]).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (refusal === undefined) return;
    if (signal.aborted) throw refusal;
    await systemClock.sleep(50, { signal: new AbortController().signal });
  }
};
