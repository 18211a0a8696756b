/** One thing the API server found wrong, as in `status.details.causes`. */
export interface Cause {
  /** Such as `FieldManagerConflict` or `FieldValueInvalid`. */
  readonly reason: string;
  readonly message: string;
  /** Path of the field, when it is about one. */
  readonly field: string;
}

/** A request that the API server refused, or that never got an answer. */
export class KubeError extends Error {
  override readonly name: string = "KubeError";
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** The API's reason (`NotFound`, `Forbidden`, `Conflict`, …), or one of ours: `Unreachable`, `UnknownResource`. */
  readonly reason: string;
  readonly causes: readonly Cause[];
  /** How long the server asks to wait, where it does. */
  readonly retryAfterMilliseconds: number | undefined;

  constructor(
    message: string,
    options: { status: number; reason: string; causes?: readonly Cause[]; retryAfterMilliseconds?: number | undefined; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.status = options.status;
    this.reason = options.reason;
    this.causes = options.causes ?? [];
    this.retryAfterMilliseconds = options.retryAfterMilliseconds;
  }
}

const hasReason = (error: unknown, ...reasons: string[]): error is KubeError => error instanceof KubeError && reasons.includes(error.reason);

/** There is no such object, or no such namespace. */
export const isNotFound = (error: unknown): error is KubeError => hasReason(error, "NotFound");
/** The server knows no objects of that kind: their definition is not installed, or in another version. */
export const isUnknownResource = (error: unknown): error is KubeError => hasReason(error, "UnknownResource");
/** Someone else changed the object, or owns the field. */
export const isConflict = (error: unknown): error is KubeError => hasReason(error, "Conflict");
export const isAlreadyExists = (error: unknown): error is KubeError => hasReason(error, "AlreadyExists");
/** Also a namespace that is being deleted and an exceeded quota: see the message. */
export const isForbidden = (error: unknown): error is KubeError => hasReason(error, "Forbidden");
/** The object breaks its schema or a validation rule. */
export const isInvalid = (error: unknown): error is KubeError => hasReason(error, "Invalid", "BadRequest");
/** The resource version asked for is too old: list again. */
export const isExpired = (error: unknown): error is KubeError => hasReason(error, "Expired", "Gone");
/** No answer: connection refused, cut or timed out. */
export const isUnreachable = (error: unknown): error is KubeError => hasReason(error, "Unreachable");

interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly name?: string;
    readonly causes?: readonly { reason?: string; message?: string; field?: string }[];
    readonly retryAfterSeconds?: number;
  };
}

/** The error that a `Status` object of the API says. */
export const statusError = (status: Status, fallback: { status: number; message: string }): KubeError => {
  const { causes, retryAfterSeconds } = status.details ?? {};
  return new KubeError(status.message || fallback.message, {
    status: status.code ?? fallback.status,
    reason: status.reason || reasons[status.code ?? fallback.status] || "Unknown",
    causes: (causes ?? []).map(({ reason = "", message = "", field = "" }) => ({ reason, message, field })),
    retryAfterMilliseconds: retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1000,
  });
};

/** What a status means when the answer does not say it itself, as those of proxies don't. */
const reasons: Record<number, string> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  410: "Expired",
  429: "TooManyRequests",
};

/** The error of an answer that is no 2xx. */
export const refusal = ({ status, text, server, path }: { status: number; text: string; server: string; path: string }): KubeError => {
  const said = parseStatus(text);
  if (status === 404 && !said.details?.name) {
    const message = `the API server ${server} has nothing at ${path.split("?")[0]}: install the definition of that kind, or use a version that is served`;
    return new KubeError(message, { status, reason: "UnknownResource" });
  }
  if (status === 401) {
    return new KubeError(`the API server ${server} does not accept the credentials: renew those of the kubeconfig`, { status, reason: "Unauthorized" });
  }
  return statusError(said, { status, message: `the API server ${server} answered ${path} with status ${status}: ${text.trim().slice(0, 300)}` });
};

const parseStatus = (text: string): Status => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "kind" in value && value.kind === "Status" ? (value as Status) : {};
  } catch {
    return {};
  }
};

/** The error of a request without an answer; a refusal passes unchanged. */
export const unreachable = (server: string, error: unknown): KubeError => {
  if (error instanceof KubeError) return error;
  const said = error instanceof AggregateError ? error.errors.map(String).join(", ") : error instanceof Error ? error.message : String(error);
  return new KubeError(`can't reach the API server ${server}: ${said}`, { status: 0, reason: "Unreachable", cause: error });
};
