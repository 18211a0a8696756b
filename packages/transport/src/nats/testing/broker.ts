import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@allot/runtime";
import { type NatsOptions as NatsServerOptions, startNats } from "@allot/testbed";
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
export const brokerOfTest = async (options: Omit<NatsServerOptions, "folder"> = {}): Promise<Broker> => {
  const folder = await mkdtemp(join(tmpdir(), "allot-nats-"));
  onTestFinished(async () => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const server = await startNats({ folder, ...options });
  onTestFinished(async () => server.stop());
  return {
    server,
    folder,
    end: async (which, sweep, more = {}) => {
      const { signal } = new AbortController();
      const transport = await natsTransport({ servers: server.url, sweep, end: which, clock: systemClock, leaseMilliseconds: 2000, signal, ...more });
      onTestFinished(async () => transport.close());
      return transport;
    },
  };
};
