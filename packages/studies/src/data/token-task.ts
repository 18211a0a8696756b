import type { Study } from "@allot/spec";
import type { Key } from "@allot/tensor";

/** Data of sequences of tokens, drawn anew for each part and replicate. */
export type TokenData = Extract<Study["data"], { kind: "copyPaste" | "parity" }>;

/** `count` sequences, one after another, of as many positions as the longest one has. */
export interface TokenExamples {
  /** [count, length] */
  readonly tokens: Int32Array;
  /** What is to be put out at each position, [count, length]. */
  readonly targets: Int32Array;
  /** 1 at positions that count, 0 at others, [count, length]. */
  readonly counted: Uint8Array;
}

/** A kind of token data: its sizes, and how `count` of its sequences are drawn from a key. */
export interface TokenTask {
  /** Positions of a sequence. */
  readonly length: number;
  /** Different tokens. */
  readonly tokens: number;
  readonly classes: number;
  readonly draw: (key: Key, count: number) => TokenExamples;
}
