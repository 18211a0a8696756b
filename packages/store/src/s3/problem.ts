import type { S3Place } from "./client.ts";

/** Why a store can't be used, as a condition's reason. */
export type StoreReason =
  | "BucketNotFound"
  | "CredentialsRejected"
  | "AccessDenied"
  | "ClockSkewed"
  | "RegionWrong"
  | "StoreUnreachable"
  | "ConditionalPutUnsupported"
  | "StoreMisconfigured"
  | "ObjectDamaged"
  | "StoreFailed";

/** What is wrong and how to put it right, for a person; never holds a secret. */
export interface StoreProblem {
  readonly reason: StoreReason;
  readonly message: string;
}

/** A failure of a store with its diagnosis: the cause of a `StoreError`. */
export class StoreFault extends Error implements StoreProblem {
  override readonly name = "StoreFault";
  readonly reason: StoreReason;

  constructor(reason: StoreReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** What the SDK throws, as far as it tells failures apart. */
interface Failure {
  readonly name: string;
  readonly message: string;
  /** Of the network: `ECONNREFUSED`. */
  readonly code?: string | undefined;
  /** Undefined where nobody answered. */
  readonly status?: number | undefined;
  readonly attempts: number;
}

export const failureOf = (error: unknown): Failure => {
  const { name, message, code, $metadata } = Object(error) as { name?: string; message?: string; code?: unknown; $metadata?: Metadata };
  return {
    name: name ?? "Error",
    message: message ?? String(error),
    code: typeof code === "string" ? code : undefined,
    status: $metadata?.httpStatusCode,
    attempts: $metadata?.attempts ?? 1,
  };
};

interface Metadata {
  readonly httpStatusCode?: number;
  readonly attempts?: number;
}

const passing = ["SlowDown", "RequestTimeout", "ConditionalRequestConflict", "OperationAborted", "NoSuchUpload", "InternalError"];
const network =
  /^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|EHOST(UNREACH|DOWN)|ENET(UNREACH|DOWN)|EADDRNOTAVAIL|ENOTFOUND|EAI_[A-Z]+|ERR_STREAM_PREMATURE_CLOSE)$/;
/** Connections that fail for a reason that waiting does not remove. */
const trust = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|EPROTO)/;

const isTimeout = ({ name }: Failure): boolean => name === "TimeoutError" || name === "NetworkingError";
const isNetwork = (failure: Failure): boolean => isTimeout(failure) || network.test(failure.code ?? "");

/** Whether the same request may succeed later: the server is away, restarting or busy, or a connection broke off. */
export const isPassing = (error: unknown): boolean => {
  const failure = failureOf(error);
  const { name, status } = failure;
  if (isNetwork(failure) || passing.includes(name)) return true;
  return status !== undefined && (status === 429 || status === 408 || (status >= 500 && status !== 501));
};

const credentialNames = [
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "InvalidToken",
  "ExpiredToken",
  "TokenRefreshRequired",
  "InvalidClientTokenId",
  "CredentialsProviderError",
];
const skewNames = ["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"];
const regionNames = ["PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "TemporaryRedirect"];

/** `host:port` of the server that is asked. */
const serverOf = ({ endpoint, region }: S3Place): string => {
  if (endpoint === undefined) return `S3 in region ${region ?? "(none)"}`;
  const { protocol, hostname, port } = new URL(endpoint);
  return `${hostname}:${port === "" ? (protocol === "https:" ? "443" : "80") : port}`;
};

const bucketGone = (place: S3Place): string => `bucket "${place.bucket}" does not exist at ${serverOf(place)}: create it, or correct the bucket in ALLOT_STORE`;

const rejected = (place: S3Place, { name }: Failure): string =>
  `${serverOf(place)} rejects the credentials (${name}): correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the store's Secret`;

const denied = (place: S3Place, operation: string): string =>
  `${operation} in bucket "${place.bucket}" is denied: allow s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket to the key in AWS_ACCESS_KEY_ID`;

const unreachable = (place: S3Place, { code, name }: Failure): string =>
  `${serverOf(place)} can't be reached (${code ?? name}): correct ALLOT_S3_ENDPOINT, or start the server and let this machine through to it`;

/** Says what a failure of the SDK means. */
export const faultOf = (error: unknown, place: S3Place, operation: string): StoreFault => {
  if (error instanceof StoreFault) return error;
  const failure = failureOf(error);
  const { name, status } = failure;
  if (name === "NoSuchBucket") return new StoreFault("BucketNotFound", bucketGone(place));
  if (credentialNames.includes(name)) return new StoreFault("CredentialsRejected", rejected(place, failure));
  if (skewNames.includes(name)) return new StoreFault("ClockSkewed", `${serverOf(place)} says that this machine's clock is wrong (${name}): set it by NTP`);
  if (regionNames.includes(name))
    return new StoreFault("RegionWrong", `bucket "${place.bucket}" is in another region (${failure.message}): correct AWS_REGION, now "${place.region ?? ""}"`);
  if (status === 501) return new StoreFault("ConditionalPutUnsupported", conditionalMissing(place));
  if (name === "AccessDenied" || status === 401 || status === 403) return new StoreFault("AccessDenied", denied(place, operation));
  if (isNetwork(failure) || trust.test(failure.code ?? "")) return new StoreFault("StoreUnreachable", unreachable(place, failure));
  if (status === undefined) return new StoreFault("StoreFailed", failure.message);
  return new StoreFault("StoreFailed", `${serverOf(place)} answered ${status} ${name}: ${failure.message}`);
};

const conditionalMissing = (place: S3Place): string =>
  `${serverOf(place)} does not keep "If-None-Match: *", without which a pack could be sealed twice: use a server that does (Amazon S3, MinIO, Ceph, rclone 1.76 or newer)`;

/** The diagnosis inside an error that a store threw; undefined for an error that is none of a store's. */
export const storeProblem = (error: unknown): StoreProblem | undefined => {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof StoreFault) return { reason: at.reason, message: at.message };
  }
  return undefined;
};
