import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { program } from "./build/programs.ts";
import type { Server } from "./process/server.ts";
import { startOnPorts } from "./process/server.ts";

/** How a client reaches an S3 server (path-style). */
export interface S3Access {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

export interface S3Options {
  readonly folder: string;
  readonly buckets?: readonly string[];
  readonly keys?: Pick<S3Access, "accessKeyId" | "secretAccessKey">;
}

const testbedKeys = { accessKeyId: "allot-testbed", secretAccessKey: "allot-testbed-secret" };

/**
 * An S3 server over a folder: buckets are the folders in `<folder>/buckets`, also those made while it runs.
 * @param options.folder holds the buckets, so that they survive `kill` and `start`.
 * @param options.buckets made before it starts.
 * @param options.keys the only ones it takes.
 */
export const startS3 = async ({ folder, buckets = [], keys = testbedKeys }: S3Options): Promise<Server & S3Access> => {
  const command = await program("rclone");
  const { accessKeyId, secretAccessKey } = keys;
  const root = join(folder, "buckets");
  await mkdir(root, { recursive: true });
  await Promise.all(buckets.map(async (bucket) => mkdir(join(root, bucket), { recursive: true })));
  const server = await startOnPorts(1, ([port = 0]) => ({
    name: "rclone",
    folder,
    command,
    args: ["serve", "s3", "--config", "", "--dir-cache-time", "1s", "--addr", `127.0.0.1:${port}`, "--auth-key", `${accessKeyId},${secretAccessKey}`, root],
    ready: async (signal) => (await fetch(`http://127.0.0.1:${port}/`, { signal })).status === 403,
  }));
  return Object.assign(server, { endpoint: `http://127.0.0.1:${server.ports[0]}`, accessKeyId, secretAccessKey, region: "us-east-1" });
};
