import { join } from "node:path";
import { program } from "../build/programs.ts";
import type { Server } from "../process/server.ts";
import { startOnPorts } from "../process/server.ts";

export interface Etcd {
  readonly server: Server;
  readonly url: string;
}

/** etcd without fsync: data outlives the process, not the machine. */
export const startEtcd = async (folder: string): Promise<Etcd> => {
  const command = await program("etcd");
  const server = await startOnPorts(2, ([client, peer]) => {
    const clientUrl = `http://127.0.0.1:${client}`;
    const peerUrl = `http://127.0.0.1:${peer}`;
    return {
      name: "etcd",
      folder,
      command,
      args: [
        `--data-dir=${join(folder, "etcd")}`,
        `--listen-client-urls=${clientUrl}`,
        `--advertise-client-urls=${clientUrl}`,
        `--listen-peer-urls=${peerUrl}`,
        `--initial-advertise-peer-urls=${peerUrl}`,
        `--initial-cluster=default=${peerUrl}`,
        "--unsafe-no-fsync",
        "--log-level=warn",
      ],
      ready: async (signal) => (await fetch(`${clientUrl}/health`, { signal })).ok,
    };
  });
  return { server, url: `http://127.0.0.1:${server.ports[0]}` };
};
