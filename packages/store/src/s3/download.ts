import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import type { Clock } from "@allot/runtime";
import { systemClock } from "@allot/runtime";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { StoreEnvironment } from "../environment.ts";
import { s3Address } from "../environment.ts";
import { StoreError } from "../store.ts";
import { s3Client } from "./client.ts";
import { bodyOf, isAbsent } from "./objects.ts";
import { persist } from "./persist.ts";
import { faultOf, isPassing } from "./problem.ts";

export interface DownloadOptions {
  /** Created or replaced; it holds a piece of the object when the download fails. */
  readonly file: string;
  readonly signal: AbortSignal;
  /** How long (ms) to go on while the server is away or busy; a minute unless told. */
  readonly retryMilliseconds?: number;
  readonly clock?: Clock;
}

/**
 * Copies any object, however big, to a file. Its key may be one that no `Store` accepts.
 * @param uri `s3://bucket/key`.
 * @returns what was written; `undefined` when there is no such object.
 * @throws StoreError with a diagnosis, StoreFault StoreMisconfigured.
 */
export const downloadObject = async (
  uri: string,
  environment: StoreEnvironment,
  { file, signal, retryMilliseconds = 60_000, clock = systemClock }: DownloadOptions,
): Promise<{ sha256: string; bytes: number } | undefined> => {
  const { place, rest } = s3Address(uri, environment);
  const client = s3Client(place);
  const request = new GetObjectCommand({ Bucket: place.bucket, Key: rest });
  const copy = async () => {
    const { Body } = await client.send(request, { abortSignal: signal });
    return writeTo(file, bodyOf(Body, signal));
  };
  try {
    signal.throwIfAborted();
    return await persist(copy, { clock, milliseconds: retryMilliseconds, passing: isPassing, signal });
  } catch (error) {
    signal.throwIfAborted();
    if (isAbsent(error)) return undefined;
    throw new StoreError("download", uri, faultOf(error, place, "reading"));
  } finally {
    client.destroy();
  }
};

const writeTo = async (file: string, body: AsyncIterable<Uint8Array>): Promise<{ sha256: string; bytes: number }> => {
  const hash = createHash("sha256");
  let bytes = 0;
  const handle = await open(file, "w");
  try {
    for await (const chunk of body) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      await handle.writeFile(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { sha256: hash.digest("hex"), bytes };
};
