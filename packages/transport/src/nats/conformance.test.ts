import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@allot/runtime";
import { startNats } from "@allot/testbed";
import { afterAll, beforeAll } from "vitest";
import type { TransportHarness } from "../conformance/harness.ts";
import { transportConformance } from "../conformance.ts";
import { natsTransport } from "../index.ts";
import { natsLanes } from "./testing/lanes.ts";
import { configuration, controllerUser, laneUser } from "./testing/users.ts";

const limits = { measurementPoints: 1000, unreadEvents: 50, leaseMilliseconds: 1000 };

let folder: string;
let server: Awaited<ReturnType<typeof startNats>>;
let sweeps = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allot-nats-"));
  server = await startNats({ folder, configuration });
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

transportConformance("the NATS transport with lanes that have their own user", async (): Promise<TransportHarness> => {
  const address = { servers: server.url, sweep: `sweep-${sweeps++}` };
  const { signal } = new AbortController();
  const transport = await natsTransport({ ...address, ...controllerUser, ...limits, end: "controller", clock: systemClock, signal });
  const lanes = natsLanes({ ...address, ...laneUser, ...limits });
  return {
    transport,
    ...limits,
    connect: async () => lanes.connect(),
    close: async () => {
      await lanes.close();
      await transport.close();
    },
  };
});
