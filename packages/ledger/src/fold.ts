import { SegmentError } from "./errors.ts";
import type { TrialState } from "./outcome.ts";
import { endStates } from "./outcome.ts";
import type { SegmentHead } from "./segment.ts";

/** A sealed pack as the fold needs it: how each of its trials ended. */
export interface SealedPack extends SegmentHead {
  /** One code per trial, from `first`. */
  readonly states: Uint8Array;
}

/** 0 is a trial without a seal, and any word that is no state. */
export const codeOf = (state: string): number => endStates.findIndex((known) => known === state) + 1;

/** Trials in one piece of the map; pieces exist only where a trial has ended. */
const pieceTrials = 1 << 16;

/** Two bits per trial. */
class StateMap {
  readonly #pieces = new Map<number, Uint8Array>();

  get(trial: number): number {
    const at = trial % pieceTrials;
    const byte = this.#pieces.get((trial - at) / pieceTrials)?.[at >> 2] ?? 0;
    return (byte >> ((at & 3) * 2)) & 3;
  }

  /** Only for a trial whose code is 0. */
  set(trial: number, code: number): void {
    const at = trial % pieceTrials;
    const number = (trial - at) / pieceTrials;
    let piece = this.#pieces.get(number);
    if (!piece) {
      piece = new Uint8Array(pieceTrials / 4);
      this.#pieces.set(number, piece);
    }
    piece[at >> 2] = (piece[at >> 2] ?? 0) | (code << ((at & 3) * 2));
  }
}

/**
 * The state of every trial, from the seals seen so far. Adding is commutative and idempotent: seals may come in any
 * order and again. Memory is two bits per ended trial, and one record per pack.
 */
export class Fold {
  #trials: number;
  readonly #states = new StateMap();
  readonly #ended = { Succeeded: 0, Pruned: 0, Failed: 0 };
  readonly #packs = new Map<number, SegmentHead>();
  readonly #running = new Map<number, { first: number; last: number }>();

  constructor(trials: number) {
    this.#trials = trials;
  }

  get trials(): number {
    return this.#trials;
  }

  /** The sweep has a stage more: its trials are pending. */
  grow(trials: number): void {
    if (trials < this.#trials) throw new RangeError(`${this.#trials} trials can't become ${trials}`);
    this.#trials = trials;
  }

  /**
   * @returns whether the pack is new.
   * @throws SegmentError when it contradicts the sweep or another pack; nothing is added then.
   */
  add(sealed: SealedPack): boolean {
    const known = this.#packs.get(sealed.pack);
    if (known && known.name === sealed.name) return false;
    this.#check(sealed, known);
    sealed.states.forEach((code, row) => {
      this.#states.set(sealed.first + row, code);
      const state = endStates[code - 1];
      if (state) this.#ended[state] += 1;
    });
    const { name, pack, first, last } = sealed;
    this.#packs.set(pack, { name, pack, first, last });
    this.#running.delete(pack);
    return true;
  }

  /** A lane works on the pack. A pack that is sealed stays so. */
  running(pack: number, first: number, last: number): void {
    if (!this.#fits(first, last)) throw new SegmentError(`pack ${pack} runs trials ${first} to ${last}, and the sweep has ${this.trials}`);
    if (!this.#packs.has(pack)) this.#running.set(pack, { first, last });
  }

  /** No lane works on the pack any more. */
  idle(pack: number): void {
    this.#running.delete(pack);
  }

  stateOf(trial: number): TrialState {
    const ended = endStates[this.#states.get(trial) - 1];
    if (ended) return ended;
    for (const { first, last } of this.#running.values()) if (first <= trial && trial <= last) return "Running";
    return "Pending";
  }

  /** The five counts sum to the number of trials, always. */
  counts(): Record<TrialState, number> {
    const { Succeeded, Pruned, Failed } = this.#ended;
    let running = 0;
    for (const { first, last } of this.#running.values()) running += last - first + 1;
    return { Pending: this.trials - Succeeded - Pruned - Failed - running, Running: running, Succeeded, Pruned, Failed };
  }

  sealed(pack: number): boolean {
    return this.#packs.has(pack);
  }

  /** Sealed packs in the order of their trials. */
  packs(): SegmentHead[] {
    return [...this.#packs.values()].sort((a, b) => a.first - b.first);
  }

  /** The codes of a range of trials. */
  codes({ first, last }: { first: number; last: number }): Uint8Array {
    return Uint8Array.from({ length: last - first + 1 }, (_, row) => this.#states.get(first + row));
  }

  #fits(first: number, last: number): boolean {
    return first >= 0 && first <= last && last < this.trials;
  }

  #check({ name, first, last, states }: SealedPack, known: SegmentHead | undefined): void {
    const wrong = (detail: string): never => {
      throw new SegmentError(`pack ${name} ${detail}`);
    };
    if (known) wrong(`has the number of pack ${known.name}`);
    if (!this.#fits(first, last)) wrong(`has trials ${first} to ${last}, and the sweep has ${this.trials}`);
    if (states.length !== last - first + 1) wrong(`has ${states.length} outcomes for trials ${first} to ${last}`);
    states.forEach((code, row) => {
      if (code < 1 || code > endStates.length) wrong(`has no known state for trial ${first + row}`);
      if (this.#states.get(first + row) !== 0) wrong(`has trial ${first + row}, which another pack has too`);
    });
  }
}
