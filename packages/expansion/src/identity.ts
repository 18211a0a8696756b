import { canonicalJson, type Stream, type Study, sha256 } from "@allot/spec";

/** Everything that decides the bits of a trial's result. */
export interface Identified {
  readonly study: Study;
  readonly streams: Readonly<Record<Stream, string>>;
  /** Data file → sha256. */
  readonly data: Readonly<Record<string, string>>;
  readonly split?: unknown;
  /** The resolved engine, never `auto`. */
  readonly engine: string;
  /** Raised only when bits change. */
  readonly numerics: number;
}

/** Content hash of a trial, sha256 in hex. Probes only look and the engine is given resolved, so neither is read from the study. */
export function trialIdentity({ study, streams, data, split, engine, numerics }: Identified): string {
  const { probes: _probes, engine: _engine, ...config } = study;
  return sha256(canonicalJson({ config, streams, data, split: split ?? null, engine, numerics }));
}
