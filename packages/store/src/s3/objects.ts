import { addAbortSignal, Readable } from "node:stream";
import type { S3Client } from "@aws-sdk/client-s3";
import { AbortMultipartUploadCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { sha256 } from "../digest.ts";
import { failureOf, StoreFault } from "./problem.ts";

/** One object of a bucket. */
export interface ObjectPlace {
  readonly client: S3Client;
  readonly Bucket: string;
  readonly Key: string;
  readonly signal: AbortSignal;
}

/** Objects above this are sent in parts of it, several at once. */
const partBytes = 8 << 20;
const partsAtOnce = 4;
const abortMilliseconds = 5000;

/** What is kept with every object: readers check the digest; `create` knows its own object by `writer`. */
type Metadata = Readonly<Record<string, string>>;

export const putWhole = async ({ client, Bucket, Key, signal }: ObjectPlace, Body: Uint8Array, o: { Metadata: Metadata; create?: boolean }): Promise<void> => {
  const condition = o.create === true ? { IfNoneMatch: "*" } : {};
  await client.send(new PutObjectCommand({ Bucket, Key, Body, Metadata: o.Metadata, ...condition }), { abortSignal: signal });
};

/** The parts become an object, all at once, with the last request. */
const putInParts = async ({ client, Bucket, Key, signal }: ObjectPlace, Body: Uint8Array, o: { Metadata: Metadata }): Promise<void> => {
  // `Upload` hands no signal to its requests, and what it takes instead leaves them running.
  const send = async (command: Parameters<S3Client["send"]>[0]): Promise<unknown> =>
    client.send(command, { abortSignal: command instanceof AbortMultipartUploadCommand ? AbortSignal.timeout(abortMilliseconds) : signal });
  const abortable: S3Client = Object.create(client, { send: { value: send } });
  await new Upload({ client: abortable, params: { Bucket, Key, Body, Metadata: o.Metadata }, partSize: partBytes, queueSize: partsAtOnce }).done();
};

export const putObject = async (place: ObjectPlace, bytes: Uint8Array, o: { Metadata: Metadata }): Promise<void> =>
  bytes.byteLength > partBytes ? putInParts(place, bytes, o) : putWhole(place, bytes, o);

/** The body of an answer, which breaks off when the signal aborts. */
export const bodyOf = (body: unknown, signal: AbortSignal): Readable => {
  if (!(body instanceof Readable)) throw new StoreFault("StoreFailed", "the answer has no body");
  return addAbortSignal(signal, body);
};

const readAll = async (body: Readable): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
};

/** Some servers (rclone) give, while an object is replaced, its new bytes with its old metadata: damage is what stays. */
const readsOfDamaged = 5;

/**
 * The object's bytes, checked against the digest that was stored with them. An object without one comes from another tool,
 * or from a server that lost what it knew: it is given as it is.
 * @throws StoreFault ObjectDamaged
 */
export const getObject = async (place: ObjectPlace): Promise<Uint8Array | undefined> => {
  let damage = "";
  for (let reads = 0; reads < readsOfDamaged; reads++) {
    const found = await readObject(place);
    if (found?.expected === undefined) return found?.bytes;
    const actual = sha256(found.bytes);
    if (actual === found.expected) return found.bytes;
    damage = `expected sha256 ${found.expected}, actual ${actual}`;
  }
  throw new StoreFault("ObjectDamaged", `it is damaged: ${damage}; delete it and let it be made again`);
};

const readObject = async ({ client, Bucket, Key, signal }: ObjectPlace): Promise<{ bytes: Uint8Array; expected: string | undefined } | undefined> => {
  try {
    const { Body, Metadata } = await client.send(new GetObjectCommand({ Bucket, Key }), { abortSignal: signal });
    return { bytes: await readAll(bodyOf(Body, signal)), expected: Metadata?.["sha256"] };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
};

/** Who wrote the object; undefined when it is gone or does not say. */
export const writerOf = async ({ client, Bucket, Key, signal }: ObjectPlace): Promise<string | undefined> => {
  try {
    const { Metadata } = await client.send(new HeadObjectCommand({ Bucket, Key }), { abortSignal: signal });
    return Metadata?.["writer"];
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
};

export const isAbsent = (error: unknown): boolean => ["NoSuchKey", "NotFound"].includes(failureOf(error).name);
