import { canonicalJson, type Json, type ProgramIdentity, type Stream, type Study, sha256 } from "@allot/spec";

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
  /** A second training is another trial, though its bits may be the same. */
  readonly copy?: true | undefined;
}

/** Content hash of a trial, sha256 in hex. Probes only look and the engine is given resolved, so neither is read from the study. */
export function trialIdentity({ study, streams, data, split, engine, numerics, copy }: Identified): string {
  const { probes: _probes, engine: _engine, ...config } = study;
  return sha256(canonicalJson({ config, streams, data, split: split ?? null, engine, numerics, ...(copy && { copy }) }));
}

/** Everything that decides what a program reports of a trial. */
export interface IdentifiedCommand {
  readonly program: ProgramIdentity;
  /** As the manifest has them, with placeholders. */
  readonly args: readonly string[];
  /** Parameter name → value. */
  readonly parameters: Readonly<Record<string, Json>>;
  readonly streams: Readonly<Record<Stream, string>>;
  readonly copy?: true | undefined;
}

/** Content hash of a trial of a program, sha256 in hex; where and how long it may run is not in it. */
export function commandIdentity({ program, args, parameters, streams, copy }: IdentifiedCommand): string {
  return sha256(canonicalJson({ program, args, parameters, streams, ...(copy && { copy }) }));
}
