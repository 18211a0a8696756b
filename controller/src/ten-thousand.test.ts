import { readOutcomes } from "@allot/ledger";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { controllerWrites } from "./testing/audit.ts";
import { Cluster } from "./testing/cluster.ts";
import { idleSweep } from "./testing/idle.ts";

const arms = 4;
const replicates = 2500;
const lanes = 4;
/** Writes of the controller for a whole sweep, whatever the number of its trials. */
const mostWrites = 30;
const mostBytes = 20_000;

const { signal } = new AbortController();
let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start({ controllers: false });
  await cluster.startController();
});
afterAll(async () => {
  await cluster?.stop();
});

describe("a sweep of 10,000 trials that do nothing", () => {
  it("ends with one outcome each, a small object and a few writes", { timeout: 180_000 }, async () => {
    await cluster.apply(idleSweep("many", { execution: { lanes } }, replicates));
    await cluster.condition("many", "Progressing");
    for (let lane = 0; lane < lanes; lane++) await cluster.startLane("many");
    const object = await cluster.condition("many", "Complete", { seconds: 150 });

    const seen = new Uint8Array(arms * replicates);
    const store = await cluster.store("many");
    for await (const { key } of store.list("segments/", { signal })) {
      const { outcomes } = await readOutcomes(store, key.slice("segments/".length, -".parquet".length), { signal });
      for (const { trial, state } of outcomes) if (state === "Succeeded") seen[trial]! += 1;
    }
    expect(seen).toEqual(new Uint8Array(arms * replicates).fill(1));
    expect(object.status?.trials).toMatchObject({ total: arms * replicates, succeeded: arms * replicates, pending: 0, running: 0, failed: 0 });
    expect(JSON.stringify(object).length).toBeLessThan(mostBytes);
    expect(controllerWrites(await cluster.requests())).toBeLessThanOrEqual(mostWrites);
  });
});
