import type { Counts } from "../counts.ts";
import type { Trouble } from "../lanes.ts";
import type { Stopped } from "../session.ts";

/** The best arm so far, by the objective's mean over its replicates. */
export interface Best {
  readonly arm: string;
  readonly mean: number;
  /** Half of the 95 % t interval of the mean; absent with one replicate. */
  readonly halfWidth?: number;
  readonly replicates: number;
}

/** What is known of a sweep's queue and ledger. */
export interface WorkFacts {
  /** Trials of the sweep, of the stages that have begun, and points that constraints dropped. */
  readonly total: number;
  readonly dropped: number;
  readonly packs: number;
  /** The Secret of the sweep's namespace that names its store, where there is one. */
  readonly storeSecret?: string;
  /** Address of the results, for people. */
  readonly results?: string;
  /** What trains it; absent until that is settled. */
  readonly engine?: string;
  /** Whether packs are on the queue and seals are listened to. */
  readonly open: boolean;
  /** What keeps it from opening, or broke it; it is tried again by itself. */
  readonly trouble?: Trouble;
  /** Absent until the ledger was read. */
  readonly counts?: Counts;
  /** The last stage that has begun, where the sweep has any, and how many arms it trains. */
  readonly stage?: { readonly name: string; readonly number: number; readonly of: number; readonly arms: number };
  /** Of that stage. */
  readonly best?: Best;
  /** Steps trained in what is sealed. */
  readonly steps: number;
  readonly stopped?: Stopped;
  /** Trials ended per second since the work was opened; 0 until some have. */
  readonly rate: number;
  /** All trials have ended and what others need of it (checkpoint, identities) is written. */
  readonly wrappedUp: boolean;
}
