import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SealedPack } from "./fold.ts";
import { Fold } from "./fold.ts";
import type { TrialState } from "./outcome.ts";
import { nameOf } from "./testing/samples.ts";

/** A sweep cut into packs of any size, each with the states its trials end in; the last packs may be unsealed. */
const sweeps = fc
  .array(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 9 }), { minLength: 1, maxLength: 12 })
  .map((states): SealedPack[] => {
    let first = 0;
    return states.map((codes, pack) => {
      const sealed = { pack, name: nameOf(pack), first, last: first + codes.length - 1, states: Uint8Array.from(codes) };
      first += codes.length;
      return sealed;
    });
  });

/** Deliveries of a sweep's seals: any subset, in any order, any number of times. */
const deliveries = sweeps.chain((packs) =>
  fc.array(fc.nat(packs.length - 1), { maxLength: 40 }).map((order) => ({ packs, order, trials: (packs.at(-1)?.last ?? 0) + 1 })),
);

const sum = (counts: Record<TrialState, number>): number => Object.values(counts).reduce((a, b) => a + b, 0);

const statesOf = (fold: Fold): TrialState[] => Array.from({ length: fold.trials }, (_, trial) => fold.stateOf(trial));

describe("folding", () => {
  it("gives the same states however seals are ordered and repeated", () => {
    fc.assert(
      fc.property(deliveries, ({ packs, order, trials }) => {
        const [once, again] = [new Fold(trials), new Fold(trials)];
        const sealed = new Set(order);
        for (const pack of [...sealed].sort((a, b) => a - b)) expect(once.add(packs[pack]!)).toBe(true);
        const seen = new Set<number>();
        for (const pack of order) {
          expect(again.add(packs[pack]!)).toBe(!seen.has(pack));
          seen.add(pack);
        }
        expect(statesOf(again)).toEqual(statesOf(once));
        expect(again.counts()).toEqual(once.counts());
        expect(again.packs()).toEqual(once.packs());
      }),
    );
  });

  it("counts every trial exactly once at every moment, whatever runs and ends", () => {
    const moves = deliveries.chain((sweep) =>
      fc.record({
        sweep: fc.constant(sweep),
        moves: fc.array(fc.record({ move: fc.constantFrom("run", "idle", "seal"), pack: fc.nat(sweep.packs.length - 1) }), { maxLength: 60 }),
      }),
    );
    fc.assert(
      fc.property(moves, ({ sweep: { packs, trials }, moves: list }) => {
        const fold = new Fold(trials);
        for (const { move, pack } of list) {
          const sealed = packs[pack]!;
          if (move === "run") fold.running(pack, sealed.first, sealed.last);
          else if (move === "idle") fold.idle(pack);
          else fold.add(sealed);
          const counts = fold.counts();
          expect(sum(counts)).toBe(trials);
          const states = statesOf(fold);
          for (const [state, count] of Object.entries(counts)) expect(count).toBe(states.filter((one) => one === state).length);
        }
      }),
    );
  });

  it("spends memory on what has ended, not on what could be", () => {
    const fold = new Fold(2 ** 50);
    fold.add({ pack: 7, name: "p7", first: 2 ** 49, last: 2 ** 49 + 1, states: Uint8Array.of(1, 3) });
    expect(fold.counts()).toEqual({ Pending: 2 ** 50 - 2, Running: 0, Succeeded: 1, Pruned: 0, Failed: 1 });
    expect(fold.stateOf(2 ** 49 + 1)).toBe("Failed");
    expect(fold.stateOf(2 ** 49 - 1)).toBe("Pending");
  });

  const refused: Record<string, [SealedPack, string]> = {
    "trials beyond the sweep": [{ pack: 1, name: "p1", first: 9, last: 10, states: Uint8Array.of(1, 1) }, "has trials 9 to 10, and the sweep has 10"],
    "a trial of another pack": [{ pack: 1, name: "p1", first: 3, last: 4, states: Uint8Array.of(1, 1) }, "has trial 3, which another pack has too"],
    "the number of another pack": [{ pack: 0, name: "q0", first: 5, last: 5, states: Uint8Array.of(1) }, "has the number of pack p0"],
    "too few outcomes": [{ pack: 1, name: "p1", first: 5, last: 7, states: Uint8Array.of(1, 1) }, "has 2 outcomes for trials 5 to 7"],
    "a trial that has not ended": [{ pack: 1, name: "p1", first: 5, last: 6, states: Uint8Array.of(1, 0) }, "has no known state for trial 6"],
  };
  for (const [sentence, [pack, message]] of Object.entries(refused)) {
    it(`refuses ${sentence} and changes nothing`, () => {
      const fold = new Fold(10);
      fold.add({ pack: 0, name: "p0", first: 0, last: 3, states: Uint8Array.of(1, 2, 3, 1) });
      const before = fold.counts();
      expect(() => fold.add(pack)).toThrow(message);
      expect(fold.counts()).toEqual(before);
      expect(fold.stateOf(5)).toBe("Pending");
    });
  }

  it("refuses to run trials that the sweep does not have", () => {
    expect(() => new Fold(10).running(3, 8, 10)).toThrow("pack 3 runs trials 8 to 10, and the sweep has 10");
  });
});
