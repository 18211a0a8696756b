import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startS3 } from "@allot/testbed";
import type { StoreEnvironment } from "../environment.ts";
import type { S3Options } from "../s3/store.ts";
import { s3Store } from "../s3/store.ts";
import type { Store } from "../store.ts";

/** A real S3 server of the test's own, with one bucket. */
export interface TestBucket {
  readonly server: Awaited<ReturnType<typeof startS3>>;
  /** The folder that holds the server's buckets. */
  readonly folder: string;
  readonly options: S3Options & { readonly endpoint: string };
  readonly environment: StoreEnvironment;
  close(): Promise<void>;
}

export const startBucket = async (): Promise<TestBucket> => {
  const folder = await mkdtemp(join(tmpdir(), "allot-s3-"));
  const server = await startS3({ folder, buckets: ["results"] });
  const { endpoint, region, accessKeyId, secretAccessKey } = server;
  const options = { bucket: "results", endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  return {
    server,
    folder,
    options,
    environment: {
      ALLOT_STORE: "s3://results/tests",
      ALLOT_S3_ENDPOINT: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    },
    close: async () => {
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
};

/** How a process of the conformance suite opens the store: what it is told is text. */
export const openBucket = (options: string): Store => s3Store(JSON.parse(options));
