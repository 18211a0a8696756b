import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@allot/runtime";
import type { ControlPlane, Proxy } from "@allot/testbed";
import { startControlPlane, startProxy } from "@allot/testbed";
import type { ConfigMap, Draft, Kube, Resource } from "../index.ts";
import { namespaces, openKube } from "../index.ts";

const { signal } = new AbortController();

/** A real API server, reached directly and through a network that a test can break. */
export interface Cluster {
  readonly controlPlane: ControlPlane;
  readonly kube: Kube;
  readonly proxy: Proxy;
  /** Goes through the proxy. */
  readonly proxied: Kube;
  stop(): Promise<void>;
}

export const startCluster = async (): Promise<Cluster> => {
  const folder = await mkdtemp(join(tmpdir(), "allot-kube-"));
  const controlPlane = await startControlPlane({ folder });
  const proxy = await startProxy(controlPlane.server);
  const kube = await openKube({ kubeconfig: controlPlane.kubeconfig });
  const proxied = await openKube({ kubeconfig: await controlPlane.kubeconfigFor({ server: `https://127.0.0.1:${proxy.port}` }) });
  const stop = async (): Promise<void> => {
    kube.close();
    proxied.close();
    await proxy.stop();
    await controlPlane.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { controlPlane, kube, proxy, proxied, stop };
};

let made = 0;
/** A namespace of its own for a test. */
export const newNamespace = async (kube: Kube): Promise<string> => {
  const name = `test-${++made}`;
  await kube.resource(namespaces).create({ metadata: { name } }, { signal });
  return name;
};

export const configMap = (namespace: string, name: string, value: string): Draft<ConfigMap> => ({ metadata: { namespace, name }, data: { value } });

/** Creates ConfigMaps `c0` to `c<count - 1>`, twenty at a time. */
export const createMany = async (resource: Resource<ConfigMap>, namespace: string, count: number): Promise<void> => {
  for (let first = 0; first < count; first += 20) {
    const names = Array.from({ length: Math.min(20, count - first) }, (_, i) => `c${first + i}`);
    await Promise.all(names.map(async (name) => resource.create(configMap(namespace, name, "0"), { signal })));
  }
};

/** Waits until something holds. @throws Error with what it was after 45 seconds: the machine may be busy. */
export const until = async (what: string, holds: () => boolean): Promise<void> => {
  const end = systemClock.monotonic() + 45_000;
  while (!holds()) {
    if (systemClock.monotonic() > end) throw new Error(`not within 45 seconds: ${what}`);
    await systemClock.sleep(10, { signal });
  }
};

/** Sockets that this process holds open. */
export const openSockets = (): number => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;

export const versions = (objects: readonly { metadata: { name: string; resourceVersion?: string } }[]): string[] =>
  objects.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).toSorted();
