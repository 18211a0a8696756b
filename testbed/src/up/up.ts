import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startControlPlane } from "../control-plane/control-plane.ts";
import { startGpuNodes } from "../gpu-nodes/gpu-nodes.ts";
import { startNats } from "../nats.ts";
import { startNode } from "../node/node.ts";
import type { Server } from "../process/server.ts";
import { startPrometheus } from "../prometheus.ts";
import { startS3 } from "../s3.ts";

export interface UpOptions {
  readonly folder: string;
  /** Whether a real node runs containers too; pods that ask for a GPU go to the simulated ones. */
  readonly node: boolean;
  /** How many simulated nodes of eight GPUs. */
  readonly gpuNodes: number;
  /** What Prometheus scrapes. */
  readonly scrape: readonly string[];
}

/** Everything, for a person. */
export interface Testbed {
  /** Variables that clients want. */
  readonly environment: Readonly<Record<string, string>>;
  /** A file that a shell can `source` for them. */
  readonly environmentFile: string;
  readonly prometheus: string;
  stop(): Promise<void>;
}

const bucket = "allot";

/** Starts everything; all is ready when it resolves. */
export const startTestbed = async ({ folder, node, gpuNodes, scrape }: UpOptions): Promise<Testbed> => {
  const [controlPlane, nats, s3, prometheus] = await Promise.all([
    startControlPlane({ folder: join(folder, "control-plane"), controllers: true }),
    startNats({ folder: join(folder, "nats") }),
    startS3({ folder: join(folder, "s3"), buckets: [bucket] }),
    startPrometheus({ folder: join(folder, "prometheus"), targets: scrape }),
  ]);
  const nodes: Server[] = [];
  if (gpuNodes > 0) nodes.push(await startGpuNodes(controlPlane, { folder: join(folder, "gpu-nodes"), nodes: gpuNodes, gpus: 8, exclusive: node }));
  if (node) nodes.push(await startNode(controlPlane, { folder: join(folder, "node") }));
  const environment = {
    KUBECONFIG: controlPlane.kubeconfig,
    ALLOT_NATS_URL: nats.url,
    ALLOT_STORE: `s3://${bucket}/sweeps`,
    ALLOT_S3_ENDPOINT: s3.endpoint,
    AWS_REGION: s3.region,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
  };
  const environmentFile = join(folder, "environment");
  await writeFile(environmentFile, exportsOf(environment), { mode: 0o600 });
  const stop = async (): Promise<void> => {
    // Nodes talk to the control plane, so they go first.
    for (const one of nodes) await one.stop();
    await Promise.all([controlPlane.stop(), nats.stop(), s3.stop(), prometheus.stop()]);
  };
  return { environment, environmentFile, prometheus: prometheus.url, stop };
};

/** Lines for a POSIX shell. */
export const exportsOf = (environment: Readonly<Record<string, string>>): string =>
  Object.entries(environment)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join("");
