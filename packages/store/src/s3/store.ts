import { randomUUID } from "node:crypto";
import type { Clock } from "@allot/runtime";
import { systemClock } from "@allot/runtime";
import { DeleteObjectCommand, type _Object as Listed, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { sha256 } from "../digest.ts";
import { checkKey, checkPrefix } from "../keys.ts";
import { withPrefix } from "../prefix.ts";
import type { ObjectEntry, Store } from "../store.ts";
import { StoreError } from "../store.ts";
import type { S3Place } from "./client.ts";
import { s3Client } from "./client.ts";
import type { ObjectPlace } from "./objects.ts";
import { getObject, putObject, putWhole, writerOf } from "./objects.ts";
import { persist } from "./persist.ts";
import { failureOf, faultOf, isPassing } from "./problem.ts";

export interface S3Options extends S3Place {
  /** A folder of the bucket, with or without a slash at its end. */
  readonly prefix?: string | undefined;
  /** How long (ms) an operation is repeated while the server is away or busy; a minute unless told. */
  readonly retryMilliseconds?: number;
  /** Told of each failure after which an operation is repeated. */
  readonly onRetry?: (error: StoreError) => void;
  readonly clock?: Clock;
}

/**
 * A store in a bucket. Every object carries the sha256 of its bytes (metadata `sha256`), which each `get` checks. What
 * fails because the server is away, restarts or is busy is repeated for `retryMilliseconds`; what else fails is a
 * `StoreError` whose cause `storeProblem` explains.
 */
export const s3Store = ({ prefix = "", ...options }: S3Options): Store => {
  const bucket = bucketStore(options);
  return prefix === "" ? bucket : withPrefix(bucket, prefix);
};

interface Doing<T> {
  readonly signal: AbortSignal;
  readonly work: (place: ObjectPlace) => Promise<T>;
}

const bucketStore = ({ retryMilliseconds = 60_000, clock = systemClock, onRetry, ...options }: Omit<S3Options, "prefix">): Store => {
  const client = s3Client(options);
  const Bucket = options.bucket;

  const perform = async <T>(operation: string, key: string, { signal, work }: Doing<T>): Promise<T> => {
    signal.throwIfAborted();
    const explained = (error: unknown): StoreError => new StoreError(operation, key, faultOf(error, options, operation));
    try {
      return await persist(async () => work({ client, Bucket, Key: key, signal }), {
        clock,
        milliseconds: retryMilliseconds,
        passing: isPassing,
        onRetry: (error) => onRetry?.(explained(error)),
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      throw explained(error);
    }
  };

  const onKey = async <T>(operation: string, key: string, doing: Doing<T>): Promise<T> => {
    checkKey(key);
    return perform(operation, key, doing);
  };

  async function* pages(prefix: string, signal: AbortSignal): AsyncGenerator<readonly Listed[]> {
    let ContinuationToken: string | undefined;
    do {
      const request = new ListObjectsV2Command({ Bucket, Prefix: prefix, ...(ContinuationToken === undefined ? {} : { ContinuationToken }) });
      const page = await perform("list", prefix, { signal, work: async () => client.send(request, { abortSignal: signal }) });
      yield page.Contents ?? [];
      ContinuationToken = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (ContinuationToken !== undefined);
  }

  return {
    get: async (key, { signal }) => onKey("get", key, { signal, work: getObject }),
    put: async (key, bytes, { signal }) => {
      const digest = sha256(bytes);
      await onKey("put", key, { signal, work: async (place) => putObject(place, bytes, { Metadata: { sha256: digest } }) });
      return { sha256: digest };
    },
    create: async (key, bytes, { signal }) => {
      const attempt = creation(bytes);
      return onKey("create", key, { signal, work: attempt });
    },
    async *list(prefix, { signal }) {
      checkPrefix(prefix);
      for await (const page of pages(prefix, signal)) {
        for (const entry of page) {
          signal.throwIfAborted();
          yield entryOf(entry);
        }
      }
    },
    delete: async (key, { signal }) =>
      onKey("delete", key, {
        signal,
        work: async (place) => {
          await client.send(new DeleteObjectCommand({ Bucket, Key: place.Key }), { abortSignal: signal });
        },
      }),
  };
};

const entryOf = ({ Key = "", Size = 0 }: Listed): ObjectEntry => ({ key: Key, bytes: Size });

/**
 * Tries to create one object, again and again if need be. A try whose answer was lost may have made the object, and then
 * the next one is told that it exists: whose it is stands in its metadata. Where a restarted server has forgotten that,
 * equal bytes after a lost answer count as ours: what is there is what we came to write.
 */
const creation = (bytes: Uint8Array): ((place: ObjectPlace) => Promise<"created" | "exists">) => {
  const writer = randomUUID();
  const Metadata = { sha256: sha256(bytes), writer };
  let answerLost = false;
  const isOurs = async (place: ObjectPlace): Promise<boolean> => {
    const found = await writerOf(place);
    if (found !== undefined || !answerLost) return found === writer;
    const there = await getObject(place);
    return there !== undefined && Buffer.from(there).equals(bytes);
  };
  return async (place) => {
    try {
      await putWhole(place, bytes, { Metadata, create: true });
      return "created";
    } catch (error) {
      const { name, status, attempts } = failureOf(error);
      answerLost ||= attempts > 1;
      if (status === 412 || name === "PreconditionFailed") return (await isOurs(place)) ? "created" : "exists";
      answerLost = true;
      throw error;
    }
  };
};
