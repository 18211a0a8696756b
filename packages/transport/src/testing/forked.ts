import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LaneEnd } from "../conformance/harness.ts";
import { connectTransport, serveTransport } from "../index.ts";
import type { Transport } from "../transport.ts";
import { channel } from "./channel.ts";

const fixture = fileURLToPath(new URL("lane.ts", import.meta.url));

export const killChild = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
};

/** Forks lanes of `transport`, each a process of its own. */
export const forkedLanes = (transport: Transport): { connect(): Promise<LaneEnd>; close(): Promise<void> } => {
  const children = new Set<ChildProcess>();
  return {
    connect: async () => {
      const child = fork(fixture, { serialization: "advanced" });
      children.add(child);
      serveTransport(transport, channel(child, "down"));
      await once(child, "message");
      return { transport: connectTransport(channel(child, "up"), { measurementPoints: 1000 }), kill: async () => killChild(child) };
    },
    close: async () => void (await Promise.all([...children].map(killChild))),
  };
};
