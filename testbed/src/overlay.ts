import { mkdir, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import type { ControlPlane } from "./control-plane/control-plane.ts";
import { freePort } from "./process/ports.ts";

export interface OverlayOptions {
  /** Filled with a kustomization; below the checkout or beside it. */
  readonly folder: string;
  /** The folder of the kustomization that is the install. */
  readonly install: string;
  readonly controlPlane: ControlPlane;
}

/** Where the installed servers listen on this machine. */
export interface Overlay {
  readonly folder: string;
  readonly ports: { readonly controller: number; readonly nats: number; readonly monitor: number; readonly s3: number };
}

const namespace = "allot-system";

interface Operation {
  readonly op: "add" | "replace";
  readonly path: string;
  readonly value: unknown;
}

const replace = (path: string, value: unknown): Operation => ({ op: "replace", path, value });
const add = (path: string, value: unknown): Operation => ({ op: "add", path, value });

const patch = (kind: string, name: string, operations: readonly Operation[]): unknown => ({ target: { kind, name }, patch: JSON.stringify(operations) });

/** The testbed's node has no pod network, no services and no registry: pods share the machine's network and run images that were imported. */
const here: readonly Operation[] = [add("/spec/template/spec/hostNetwork", true), add("/spec/template/spec/containers/0/imagePullPolicy", "Never")];

/** What every lane gets; images that are tagged with a version are not pulled where they are. */
const laneTemplate = { spec: { hostNetwork: true } };

/** Writes a kustomization that turns the install into one that the testbed's real node runs, each server at a free port; `kubectl apply -k` its folder. */
export const writeOverlay = async ({ folder, install, controlPlane }: OverlayOptions): Promise<Overlay> => {
  const [controller, nats, monitor, s3] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const api = new URL(controlPlane.server);
  const container = "/spec/template/spec/containers/0";
  const kustomization = {
    resources: [relative(resolve(folder), resolve(install))],
    // Two of them would want the same port of the machine.
    replicas: [{ name: "allot-controller", count: 1 }],
    secretGenerator: [
      {
        name: "allot-store",
        namespace,
        behavior: "merge",
        literals: [`ALLOT_S3_ENDPOINT=http://127.0.0.1:${s3}`, `ALLOT_NATS_URL=nats://127.0.0.1:${nats}`],
        options: { disableNameSuffixHash: true },
      },
    ],
    patches: [
      patch("Namespace", namespace, [replace("/metadata/labels/pod-security.kubernetes.io~1enforce", "privileged")]),
      patch("ConfigMap", "allot-lane-template", [replace("/data/lane-template.yaml", JSON.stringify(laneTemplate))]),
      patch("Deployment", "allot-controller", [
        ...here,
        add(`${container}/env/-`, { name: "KUBERNETES_SERVICE_HOST", value: api.hostname }),
        add(`${container}/env/-`, { name: "KUBERNETES_SERVICE_PORT", value: api.port }),
        add(`${container}/env/-`, { name: "ALLOT_HTTP_PORT", value: String(controller) }),
        replace(`${container}/ports/0/containerPort`, controller),
      ]),
      patch("Deployment", "allot-nats", [...here, replace(`${container}/ports/0/containerPort`, nats), replace(`${container}/ports/1/containerPort`, monitor)]),
      patch("ConfigMap", "allot-nats", [replace("/data/nats.conf", natsConfiguration(nats, monitor))]),
      patch("Deployment", "allot-s3", [...here, replace(`${container}/args/3`, `--addr=:${s3}`), replace(`${container}/ports/0/containerPort`, s3)]),
    ],
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "kustomization.yaml"), JSON.stringify(kustomization, undefined, 2));
  return { folder, ports: { controller, nats, monitor, s3 } };
};

const natsConfiguration = (port: number, http: number): string =>
  `port: ${port}\nhttp: ${http}\njetstream { store_dir: /data }\nauthorization { user: $ALLOT_NATS_USER, password: $ALLOT_NATS_PASSWORD }\n`;
