import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@allot/runtime";
import { startNats } from "@allot/testbed";
import { onTestFinished } from "vitest";
import type { NatsOptions, NatsTransport } from "../../index.ts";
import { natsTransport } from "../../index.ts";

export interface Broker {
  readonly server: Awaited<ReturnType<typeof startNats>>;
  readonly folder: string;
  /** An end of a sweep's transport; it closes with the test. */
  readonly end: (which: "controller" | "lane", sweep: string, options?: Partial<NatsOptions>) => Promise<NatsTransport>;
}

/** A server for one test, gone with it. */
export const brokerOfTest = async (credentials?: { user: string; password: string }): Promise<Broker> => {
  const folder = await mkdtemp(join(tmpdir(), "allot-nats-"));
  onTestFinished(async () => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const server = await startNats({ folder, ...(credentials ? { credentials } : {}) });
  onTestFinished(async () => server.stop());
  return {
    server,
    folder,
    end: async (which, sweep, options = {}) => {
      const { signal } = new AbortController();
      const transport = await natsTransport({ servers: server.url, sweep, end: which, clock: systemClock, leaseMilliseconds: 2000, signal, ...options });
      onTestFinished(async () => transport.close());
      return transport;
    },
  };
};
