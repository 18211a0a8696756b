import { S3Client } from "@aws-sdk/client-s3";

/** Where objects are and who asks for them. */
export interface S3Place {
  readonly bucket: string;
  /** An S3 server other than Amazon's, as `http://host:port`; buckets are then part of the path. */
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  /** Without them the SDK looks for some as it always does: environment, profile, role of the machine. */
  readonly credentials?: S3Credentials | undefined;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

const connectMilliseconds = 3000;
/** A connection on which nothing moves for this long is given up, and the request tried again. */
const idleMilliseconds = 15_000;
/** From the last byte sent to the first byte of the answer. */
const answerMilliseconds = 60_000;
const sockets = 64;

/** Tries of one request, a tenth of a second apart and more; what outlasts them is the store's to repeat. */
const requestAttempts = 3;

export const s3Client = ({ endpoint, region, credentials }: S3Place): S3Client =>
  new S3Client({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(credentials === undefined ? {} : { credentials: withoutGaps(credentials) }),
    maxAttempts: requestAttempts,
    // The signature covers the sha256 of every body, and the store checks its own on each read: the SDK's CRC32 adds
    // nothing, and servers other than Amazon's refuse the trailers it needs.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      connectionTimeout: connectMilliseconds,
      socketTimeout: idleMilliseconds,
      requestTimeout: answerMilliseconds,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: sockets },
      httpsAgent: { keepAlive: true, maxSockets: sockets },
    },
  });

const withoutGaps = ({ accessKeyId, secretAccessKey, sessionToken }: S3Credentials) => ({
  accessKeyId,
  secretAccessKey,
  ...(sessionToken === undefined ? {} : { sessionToken }),
});
