import { systemClock } from "@allot/runtime";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ConfigMap, Event, EventRecorderOptions } from "./index.ts";
import { configMaps, EventRecorder, events, namespaces } from "./index.ts";
import type { Cluster } from "./testing/cluster.ts";
import { configMap, newNamespace, startCluster, until } from "./testing/cluster.ts";

const { signal } = new AbortController();

let cluster: Cluster;
let namespace: string;
let about: ConfigMap;
beforeAll(async () => {
  cluster = await startCluster();
});
beforeEach(async () => {
  namespace = await newNamespace(cluster.kube);
  about = await cluster.kube.resource(configMaps).create(configMap(namespace, "subject", "1"), { signal });
});
afterAll(async () => cluster.stop());

const start = (options: Partial<EventRecorderOptions> = {}): { recorder: EventRecorder; end: () => Promise<void> } => {
  const recorder = new EventRecorder({ kube: cluster.kube, clock: systemClock, component: "tester", instance: "tester-0", ...options });
  const stop = new AbortController();
  const ended = recorder.run(stop);
  const end = async (): Promise<void> => {
    stop.abort();
    await ended;
  };
  return { recorder, end };
};
const written = async (): Promise<Event[]> => (await cluster.kube.resource(events).list({ namespace, signal })).items;
/** Waits until the counts of all events add up to `count`. */
const settled = async (count: number): Promise<void> => {
  let total = 0;
  for (let i = 0; i < 200 && total !== count; i++) {
    total = (await written()).reduce((sum, event) => sum + (event.count ?? 0), 0);
    if (total !== count) await systemClock.sleep(25, { signal });
  }
  expect(total).toBe(count);
};

describe("events", () => {
  it("say what happened to an object, in the way kubectl shows", async () => {
    const { recorder, end } = start();
    recorder.note(about, { type: "Warning", reason: "Broken", message: "it broke" });
    await settled(1);
    await end();
    const [event] = await written();
    expect(event).toMatchObject({
      involvedObject: { apiVersion: "v1", kind: "ConfigMap", name: "subject", namespace, uid: about.metadata.uid },
      type: "Warning",
      reason: "Broken",
      message: "it broke",
      reportingComponent: "tester",
      reportingInstance: "tester-0",
    });
    expect(await cluster.controlPlane.kubectl(["get", "events", "-n", namespace])).toMatch(/Warning +Broken +configmap\/subject +it broke/);
  });

  it("are counted when they repeat, and apart when they differ", async () => {
    const { recorder, end } = start();
    for (let i = 0; i < 30; i++) recorder.note(about, { type: "Normal", reason: "Again", message: "the same" });
    recorder.note(about, { type: "Normal", reason: "Again", message: "x".repeat(5000) });
    await settled(31);
    for (let i = 0; i < 5; i++) recorder.note(about, { type: "Normal", reason: "Again", message: "the same" });
    await settled(36);
    expect((await written()).map(({ count, message = "" }) => [count, message.length]).toSorted((a, b) => (a[0] ?? 0) - (b[0] ?? 0))).toEqual([
      [1, 1024],
      [35, 8],
    ]);
    await end();
  });

  it("begin a new event when the last was long ago, or is gone", async () => {
    const { recorder, end } = start({ windowMilliseconds: 0 });
    recorder.note(about, { type: "Normal", reason: "Again", message: "the same" });
    await settled(1);
    await systemClock.sleep(5, { signal });
    recorder.note(about, { type: "Normal", reason: "Again", message: "the same" });
    await settled(2);
    expect(await written()).toHaveLength(2);
    await end();

    const long = start();
    long.recorder.note(about, { type: "Normal", reason: "Gone", message: "soon" });
    await settled(3);
    for (const { metadata } of await written()) await cluster.kube.resource(events).delete(metadata.name, { namespace, signal });
    long.recorder.note(about, { type: "Normal", reason: "Gone", message: "soon" });
    await settled(2);
    await long.end();
  });

  it("wait while the server is away, are sent once when it is back, and are dropped beyond the limit", async () => {
    const { recorder, end } = start({ kube: cluster.proxied, limit: 3 });
    cluster.proxy.refuse(true);
    cluster.proxy.cut();
    for (let i = 0; i < 5; i++) recorder.note(about, { type: "Normal", reason: "Away", message: `number ${i}` });
    await systemClock.sleep(300, { signal });
    expect(await written()).toEqual([]);
    cluster.proxy.refuse(false);
    await settled(3);
    expect(recorder.dropped).toBe(2);
    await end();
  });

  it("that the server refuses are dropped, and others go on", async () => {
    const { recorder, end } = start();
    const lost = { ...about, metadata: { ...about.metadata, namespace: "no-such" } };
    recorder.note(lost, { type: "Normal", reason: "Lost", message: "nowhere to go" });
    recorder.note(about, { type: "Normal", reason: "Fine", message: "here" });
    await settled(1);
    await until("it is dropped", () => recorder.dropped === 1);
    expect((await written()).map(({ reason }) => reason)).toEqual(["Fine"]);
    await end();
  });

  it("about objects without a namespace are in the default one", async () => {
    const { recorder, end } = start();
    const whole = await cluster.kube.resource(namespaces).get(namespace, { signal });
    recorder.note(whole!, { type: "Normal", reason: "Made", message: "a namespace" });
    // What waits when it is told to end is still sent.
    await end();
    const { items } = await cluster.kube.resource(events).list({ namespace: "default", fieldSelector: `involvedObject.name=${namespace}`, signal });
    expect(items).toMatchObject([{ reason: "Made", count: 1 }]);
  });
});
