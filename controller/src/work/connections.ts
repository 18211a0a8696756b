import type { Kube, Secret } from "@allot/kube";
import { secrets } from "@allot/kube";
import { openStore, probeStore, type Store, type StoreEnvironment } from "@allot/store";
import type { NatsAddress } from "@allot/transport";
import { fieldManager, lanesSecretName, sweepLabel } from "../names.ts";
import type { SweepObject } from "../objects.ts";
import { WorkTrouble } from "./trouble.ts";

/** Variables that name a store, and those that name a broker, as a Secret's keys or a process's environment hold them. */
export const storeVariables = ["ALLOT_STORE", "ALLOT_S3_ENDPOINT", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] as const;
const natsVariables = ["ALLOT_NATS_URL", "ALLOT_NATS_USER", "ALLOT_NATS_PASSWORD"] as const;

export type Variables = Readonly<Record<string, string | undefined>>;

/** The Secret of a namespace that names its own store. */
export const defaultStoreSecret = "allot-store";

/** What a sweep's queue and results are reached by. */
export interface Prepared {
  readonly store: Store;
  /** The same store, failing soon where the other waits for a server that is away. */
  readonly hasty: Store;
  /** Of the store, for people. */
  readonly address: string;
  readonly storeSecret?: string;
  readonly nats: NatsAddress;
}

export interface Connections {
  /** Reads the namespace's Secret, hands the lanes theirs, and looks whether the store answers. @throws WorkTrouble, KubeError */
  prepare(options: { signal: AbortSignal }): Promise<Prepared>;
  /** @throws WorkTrouble, KubeError */
  nats(options: { signal: AbortSignal }): Promise<NatsAddress>;
}

export interface ConnectionsOptions {
  readonly kube: Kube;
  readonly object: SweepObject;
  /** `execution.store.secretName`. */
  readonly secretName: string | undefined;
  /** The controller's own environment: the install's defaults. */
  readonly install: Variables;
}

const hastyMilliseconds = 2000;

const pick = (from: Variables, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (from[name] === undefined || from[name] === "" ? [] : [[name, from[name]]])));

const decoded = ({ data }: Secret): Record<string, string> =>
  Object.fromEntries(Object.entries(data ?? {}).map(([name, value]) => [name, Buffer.from(value, "base64").toString("utf8")]));

/** How one sweep's store and broker are found: its namespace's Secret first, then the install's own. */
export const sweepConnections = ({ kube, object, secretName, install }: ConnectionsOptions): Connections => {
  const namespace = object.metadata.namespace ?? "default";
  const named = secretName ?? defaultStoreSecret;

  const own = async (signal: AbortSignal): Promise<Variables | undefined> => {
    const secret = await kube.resource(secrets).get(named, { namespace, signal });
    if (secret) return decoded(secret);
    if (secretName === undefined) return undefined;
    const keys = storeVariables.slice(0, 5).join(", ");
    throw new WorkTrouble({
      reason: "StoreSecretMissing",
      message: `Secret ${namespace}/${named}, which spec.execution.store.secretName names, does not exist: create it with the keys ${keys}`,
    });
  };

  const natsOf = (variables: Variables | undefined): NatsAddress => {
    const { ALLOT_NATS_URL: servers, ALLOT_NATS_USER: user, ALLOT_NATS_PASSWORD: password } = variables?.["ALLOT_NATS_URL"] === undefined ? install : variables;
    if (servers === undefined || servers === "") {
      throw new WorkTrouble({
        reason: "TransportNotConfigured",
        message: "ALLOT_NATS_URL is not set: give it to the controller, or in the namespace's Secret",
      });
    }
    return { servers, ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { password }) };
  };

  /** What the lanes can't take from the namespace's own Secret. A Secret of ours, so that it goes with the sweep. */
  const hand = async (variables: Variables | undefined, signal: AbortSignal): Promise<void> => {
    const ownStore = variables?.["ALLOT_STORE"] !== undefined;
    const stringData = {
      ...(ownStore ? {} : pick(install, storeVariables)),
      ...(variables?.["ALLOT_NATS_URL"] === undefined ? pick(install, natsVariables) : {}),
    };
    const { name, uid = "" } = object.metadata;
    const data = Object.fromEntries(Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value).toString("base64")]));
    const metadata = {
      name: lanesSecretName(name),
      namespace,
      labels: { [sweepLabel]: name },
      ownerReferences: [{ apiVersion: object.apiVersion, kind: object.kind, name, uid, controller: true }],
    };
    await kube.resource(secrets).apply({ metadata, data }, { fieldManager, force: true, signal });
  };

  return {
    async prepare({ signal }) {
      const variables = await own(signal);
      const ownStore = variables?.["ALLOT_STORE"] !== undefined;
      const environment: StoreEnvironment = pick(ownStore ? variables : install, storeVariables);
      if (environment.ALLOT_STORE === undefined) {
        const message = `no store is named: create Secret ${namespace}/${named} with the keys ${storeVariables.slice(0, 5).join(", ")}, or give the controller a default`;
        throw new WorkTrouble({ reason: "StoreNotConfigured", message });
      }
      const nats = natsOf(variables);
      await hand(variables, signal);
      const problem = await probeStore(environment, { signal });
      if (problem) throw new WorkTrouble({ reason: problem.reason, message: problem.message });
      const store = openStore(environment);
      const hasty = openStore(environment, { retryMilliseconds: hastyMilliseconds });
      return { store, hasty, address: environment.ALLOT_STORE.replace(/\/$/, ""), nats, ...(variables ? { storeSecret: named } : {}) };
    },
    nats: async ({ signal }) => natsOf(await own(signal)),
  };
};
