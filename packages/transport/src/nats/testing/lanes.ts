import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LaneEnd } from "../../conformance/harness.ts";
import { connectTransport, type NatsAddress } from "../../index.ts";
import { channel } from "../../testing/channel.ts";
import { killChild } from "../../testing/forked.ts";
import type { Transport } from "../../transport.ts";

const fixture = fileURLToPath(new URL("lane.ts", import.meta.url));

export interface NatsLanesOptions extends NatsAddress {
  readonly sweep: string;
  readonly leaseMilliseconds: number;
  readonly measurementPoints: number;
}

/** Resolves when the process says that a call to `lease` has ended, or when it is gone. */
const leaseEnded = async (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      child.off("message", hear);
      child.off("exit", end);
      resolve();
    };
    const hear = (message: unknown): void => {
      if (typeof message === "object" && message !== null && "waiting" in message) end();
    };
    child.on("message", hear);
    child.on("exit", end);
  });

/** `lease` of a lane's process; one that is aborted rejects when the process no longer waits. */
const patientLease =
  (child: ChildProcess, transport: Transport): Transport["lease"] =>
  async (lane, { signal }) => {
    signal.throwIfAborted();
    const ended = leaseEnded(child);
    try {
      return await transport.lease(lane, { signal });
    } catch (error) {
      if (signal.aborted) await ended;
      throw error;
    }
  };

/** Forks lanes that connect to NATS by themselves. */
export const natsLanes = (o: NatsLanesOptions): { connect(): Promise<LaneEnd>; close(): Promise<void> } => {
  const children = new Set<ChildProcess>();
  return {
    connect: async () => {
      const child = fork(fixture, [JSON.stringify(o)], { serialization: "advanced" });
      children.add(child);
      await once(child, "message");
      const transport = connectTransport(channel(child, "up"), { measurementPoints: o.measurementPoints });
      return { transport: { ...transport, lease: patientLease(child, transport) }, kill: async () => killChild(child) };
    },
    close: async () => void (await Promise.all([...children].map(killChild))),
  };
};
