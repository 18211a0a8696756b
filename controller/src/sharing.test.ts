import { join } from "node:path";
import { type Secret, secrets } from "@allot/kube";
import { openLedger } from "@allot/ledger";
import { openStore, type StoreEnvironment, withPrefix } from "@allot/store";
import { startS3 } from "@allot/testbed";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Job } from "./objects.ts";
import { Cluster } from "./testing/cluster.ts";
import { idleIn, secretOf } from "./testing/idle.ts";

const { signal } = new AbortController();
const namespaces = ["team-a", "team-b"] as const;
let cluster: Cluster;
const stores: Record<string, StoreEnvironment> = {};
const stopping: (() => Promise<void>)[] = [];

beforeAll(async () => {
  cluster = await Cluster.start();
  for (const namespace of namespaces) {
    const keys = { accessKeyId: `${namespace}-key-id`, secretAccessKey: `${namespace}-hushhush` };
    const s3 = await startS3({ folder: join(cluster.folder, namespace), buckets: [`${namespace}-results`], keys });
    stopping.push(async () => s3.stop());
    stores[namespace] = {
      ALLOT_STORE: `s3://${namespace}-results/allot`,
      ALLOT_S3_ENDPOINT: s3.endpoint,
      AWS_REGION: s3.region,
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    };
  }
  await cluster.startController();
});
afterAll(async () => {
  await cluster?.stop();
  for (const stop of stopping) await stop();
});

/** The variables that a Job's pods get from Secrets, as the kubelet would read them. */
const variablesOf = async (namespace: string, job: Job): Promise<Record<string, string>> => {
  const { containers } = job.spec.template.spec as { containers: { envFrom: { secretRef: { name: string } }[] }[] };
  const variables: Record<string, string> = {};
  for (const { secretRef } of containers[0]?.envFrom ?? []) {
    const secret: Secret | undefined = await cluster.kube.resource(secrets).get(secretRef.name, { namespace, signal });
    for (const [name, value] of Object.entries(secret?.data ?? {})) variables[name] = Buffer.from(value, "base64").toString("utf8");
  }
  return variables;
};

const keysIn = async (environment: StoreEnvironment): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of openStore(environment).list("", { signal })) keys.push(key);
  return keys;
};

const secretsOf = (environment: StoreEnvironment): (string | undefined)[] => [
  environment.ALLOT_STORE,
  environment.ALLOT_S3_ENDPOINT,
  environment.AWS_ACCESS_KEY_ID,
  environment.AWS_SECRET_ACCESS_KEY,
];

it("two namespaces run at once in stores of their own, and neither has a word of the other's", async () => {
  const install = cluster.environment();
  for (const namespace of namespaces) {
    await cluster.controlPlane.kubectl(["create", "namespace", namespace]);
    await cluster.apply(secretOf("allot-store", namespace, { ...stores[namespace] }));
    await cluster.apply(idleIn(namespace, "shared", {}, 25));
  }
  await Promise.all(
    namespaces.map(async (namespace) => {
      const text = await cluster.until("a Job", async () => cluster.controlPlane.kubectl(["get", "job", "shared-1", "-n", namespace, "-o", "json"]));
      const variables = await variablesOf(namespace, JSON.parse(text) as Job);
      expect(variables).toMatchObject({ ...stores[namespace], ALLOT_NATS_URL: cluster.nats.url });
      const others = [install, ...namespaces.filter((other) => other !== namespace).map((other) => stores[other] ?? {})].flatMap(secretsOf);
      for (const other of others) expect([text, ...Object.values(variables)].some((value) => value.includes(other ?? ""))).toBe(false);
      const lane = await cluster.startLane("shared", { namespace, more: variables });
      await cluster.condition("shared", "Complete", { namespace });
      expect(await lane.exited).toBe(0);
    }),
  );
  for (const namespace of namespaces) {
    const { uid = "" } = (await cluster.sweep("shared", namespace)).metadata;
    const place = `${namespace}/shared-${uid.slice(0, 8)}`;
    const ledger = await openLedger(withPrefix(openStore(stores[namespace] ?? {}), place), { trials: 100, signal });
    expect(ledger.counts()).toMatchObject({ Succeeded: 100 });
    const strangers = (await keysIn(stores[namespace] ?? {})).filter((key) => !key.startsWith(`${place}/`) && !key.startsWith("identities/"));
    expect(strangers).toEqual([]);
  }
  expect(await keysIn(install)).toEqual([]);
});
