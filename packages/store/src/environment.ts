import path from "node:path";
import { folderStore } from "./folder.ts";
import { checkKey, InvalidKeyError } from "./keys.ts";
import type { S3Place } from "./s3/client.ts";
import { StoreFault } from "./s3/problem.ts";
import { type S3Options, s3Store } from "./s3/store.ts";
import type { Store } from "./store.ts";

/** The environment variables that decide where results are kept. */
export interface StoreEnvironment {
  /** `s3://bucket/prefix`, or a folder's path. */
  readonly ALLOT_STORE?: string | undefined;
  /** An S3 server other than Amazon's, `http://host:port`. */
  readonly ALLOT_S3_ENDPOINT?: string | undefined;
  readonly AWS_REGION?: string | undefined;
  readonly AWS_ACCESS_KEY_ID?: string | undefined;
  readonly AWS_SECRET_ACCESS_KEY?: string | undefined;
  readonly AWS_SESSION_TOKEN?: string | undefined;
}

/** Of `s3Store`; a folder has nothing to wait for. */
export type OpenOptions = Pick<S3Options, "retryMilliseconds" | "onRetry" | "clock">;

const misconfigured = (message: string): StoreFault => new StoreFault("StoreMisconfigured", message);

const given = (environment: StoreEnvironment, name: keyof StoreEnvironment): string | undefined => {
  const value = environment[name]?.trim();
  return value === "" ? undefined : value;
};

/**
 * The store that `ALLOT_STORE` names. Credentials come from the variables alone: a store that was given none must not be
 * opened with those of whoever happens to run here.
 * @throws StoreFault StoreMisconfigured, naming variable and fix; nothing is contacted yet.
 */
export const openStore = (environment: StoreEnvironment, options: OpenOptions = {}): Store => {
  const address = given(environment, "ALLOT_STORE");
  if (address === undefined) throw misconfigured('ALLOT_STORE is not set: set it to "s3://bucket/prefix" or to a folder');
  if (address.startsWith("s3://")) {
    const { place, rest } = s3Address(address, environment);
    return s3Store({ ...place, prefix: prefixOf(rest, address), ...options });
  }
  if (address.includes("://")) throw misconfigured(`ALLOT_STORE is "${address}": only s3://bucket/prefix and folders are stores`);
  return folderStore(path.resolve(address), options.clock === undefined ? {} : { clock: options.clock });
};

/** Where an `s3://bucket/rest` address points and who asks there. */
export const s3Address = (address: string, environment: StoreEnvironment): { place: S3Place; rest: string } => {
  const [bucket = "", ...names] = address.slice("s3://".length).split("/");
  if (!bucketName.test(bucket)) throw misconfigured(`"${address}" names bucket "${bucket}": a bucket has 3 to 63 of a-z, 0-9, "." and "-"`);
  const endpoint = endpointOf(given(environment, "ALLOT_S3_ENDPOINT"));
  const region = given(environment, "AWS_REGION") ?? (endpoint === undefined ? undefined : "us-east-1");
  if (region === undefined) throw misconfigured(`AWS_REGION is not set: set it to the region of bucket "${bucket}", or ALLOT_S3_ENDPOINT for another server`);
  const secret = (name: "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY"): string => {
    const value = given(environment, name);
    if (value === undefined) throw misconfigured(`${name} is not set, and "${address}" needs it: add it to the store's Secret`);
    return value;
  };
  const credentials = {
    accessKeyId: secret("AWS_ACCESS_KEY_ID"),
    secretAccessKey: secret("AWS_SECRET_ACCESS_KEY"),
    sessionToken: given(environment, "AWS_SESSION_TOKEN"),
  };
  return { place: { bucket, endpoint, region, credentials }, rest: names.join("/") };
};

const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

const prefixOf = (rest: string, address: string): string => {
  const prefix = rest.replace(/\/$/, "");
  try {
    if (prefix !== "") checkKey(prefix);
    return prefix;
  } catch (error) {
    if (!(error instanceof InvalidKeyError)) throw error;
    throw misconfigured(`"${address}" has a prefix that can't be used: ${error.message}`);
  }
};

const endpointOf = (value: string | undefined): string | undefined => {
  if (value === undefined) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol))
    throw misconfigured(`ALLOT_S3_ENDPOINT is "${value}": write it as http://host:port or https://host:port`);
  if (url.username !== "" || url.password !== "") {
    throw misconfigured(`ALLOT_S3_ENDPOINT has a name or password in it: leave them out and set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`);
  }
  return value;
};
