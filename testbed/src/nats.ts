import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { program } from "./build/programs.ts";
import type { Server } from "./process/server.ts";
import { startOnPorts } from "./process/server.ts";

export interface NatsOptions {
  /** Holds the streams, so that they survive `kill` and `start`. */
  readonly folder: string;
  /** Where set, clients must name them. */
  readonly credentials?: { readonly user: string; readonly password: string };
  /** Text of a configuration file, such as users with their permissions. */
  readonly configuration?: string;
}

/** A nats-server with JetStream. */
export const startNats = async ({ folder, credentials, configuration = "" }: NatsOptions): Promise<Server & { readonly url: string }> => {
  const command = await program("nats-server");
  await mkdir(folder, { recursive: true });
  const file = join(folder, "nats.conf");
  await writeFile(file, configuration);
  const login = credentials === undefined ? [] : ["--user", credentials.user, "--pass", credentials.password];
  const server = await startOnPorts(1, ([port = 0]) => ({
    name: "nats-server",
    folder,
    command,
    args: ["--config", file, "--addr", "127.0.0.1", "--port", String(port), "--jetstream", "--store_dir", join(folder, "jetstream"), ...login],
    ready: async (signal) => greets(port, signal),
  }));
  return Object.assign(server, { url: `nats://127.0.0.1:${server.ports[0]}` });
};

/** A server that takes clients says so first. */
const greets = async (port: number, signal: AbortSignal): Promise<boolean> => {
  const socket = connect(port, "127.0.0.1");
  try {
    const [greeting]: unknown[] = await once(socket, "data", { signal });
    return String(greeting).startsWith("INFO");
  } finally {
    socket.destroy();
  }
};
