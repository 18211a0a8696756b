import { type Data, Study, type StudyInput } from "@allot/spec";
import { deriveKey } from "@allot/tensor";
import { array, assert, constantFrom, integer, nat, property, record } from "fast-check";
import { expect, test } from "vitest";
import { compose } from "../compose.ts";
import { setupOf } from "../testing/studies.ts";
import { describeSplit } from "./load.ts";
import type { TokenExamples } from "./token-task.ts";
import { isTokens, tokenTask } from "./tokens.ts";

const taskOf = (data: StudyInput["data"]) => {
  const parsed: Data = Study.parse({ data, model: { kind: "rnn" }, optimizer: { kind: "none" } }).data;
  if (!isTokens(parsed)) throw new Error("no tokens");
  return tokenTask(parsed);
};

const key = deriveKey("00000000000000aa", "train");

/** Row `at` of each array. */
const rowOf = ({ tokens, targets, counted }: TokenExamples, { at, length }: { at: number; length: number }): number[][] =>
  [tokens, targets, counted].map((all) => Array.from(all.subarray(at * length, (at + 1) * length)));

const lengths = record({ from: integer({ min: 1, max: 9 }), more: nat(6) });

test("a sequence is to be put out again at the blanks behind the separator, and nothing else counts", () => {
  assert(
    property(lengths, integer({ min: 2, max: 12 }), ({ from, more }, vocabulary) => {
      const { length, tokens, classes, draw } = taskOf({ kind: "copyPaste", vocabulary, length: { from, to: from + more } });
      expect([length, tokens, classes]).toEqual([2 * (from + more) + 1, vocabulary + 2, vocabulary]);
      const examples = draw(key, 20);
      for (let at = 0; at < 20; at++) {
        const [read, wanted, counted] = rowOf(examples, { at, length });
        const n = read!.indexOf(vocabulary);
        expect(n).toBeGreaterThanOrEqual(from);
        expect(n).toBeLessThanOrEqual(from + more);
        expect(Math.max(...read!.slice(0, n))).toBeLessThan(vocabulary);
        expect(read!.slice(n + 1).every((token) => token === vocabulary + 1)).toBe(true);
        expect(wanted!.slice(n + 1, 2 * n + 1)).toEqual(read!.slice(0, n));
        expect(counted).toEqual(read!.map((_, i) => (i > n && i <= 2 * n ? 1 : 0)));
      }
    }),
    { numRuns: 50 },
  );
});

test("parity is that of all bits so far, and counts at the last one or at each", () => {
  assert(
    property(lengths, constantFrom("final", "running"), ({ from, more }, target) => {
      const { length, tokens, classes, draw } = taskOf({ kind: "parity", target, length: { from, to: from + more } });
      expect([length, tokens, classes]).toEqual([from + more, 2, 2]);
      const examples = draw(key, 20);
      const ends = Array.from({ length: 20 }, (_, at) => {
        const [bits, wanted, counted] = rowOf(examples, { at, length });
        const n = counted!.lastIndexOf(1) + 1;
        expect(counted).toEqual(bits!.map((_bit, i) => (i < n && (target === "running" || i === n - 1) ? 1 : 0)));
        expect(wanted!.slice(0, n)).toEqual(bits!.slice(0, n).map((_bit, i) => bits!.slice(0, i + 1).reduce((a, b) => a + b, 0) % 2));
        expect(bits!.slice(n).every((bit) => bit === 0)).toBe(true);
        return n;
      });
      expect(Math.min(...ends)).toBeGreaterThanOrEqual(from);
    }),
    { numRuns: 50 },
  );
});

/** How often each different value is there. */
const counts = (values: Iterable<number>): number[] => [...Map.groupBy(values, (value) => value).values()].map(({ length }) => length);

test("lengths, symbols and bits are each equally likely", () => {
  const copies = taskOf({ kind: "copyPaste", vocabulary: 5, length: { from: 3, to: 6 } });
  const { tokens, counted } = copies.draw(key, 4000);
  const symbols = counts([...tokens].filter((token) => token < 5));
  expect(symbols).toHaveLength(5);
  for (const count of symbols) expect(Math.abs(count / 18_000 - 1 / 5)).toBeLessThan(0.015);
  const drawnLengths = counts(
    Array.from({ length: 4000 }, (_, at) => counted.subarray(at * copies.length, (at + 1) * copies.length).reduce((a, b) => a + b, 0)),
  );
  expect(drawnLengths).toHaveLength(4);
  for (const count of drawnLengths) expect(Math.abs(count / 4000 - 1 / 4)).toBeLessThan(0.03);
  const bits = counts(taskOf({ kind: "parity", length: { from: 8, to: 8 } }).draw(key, 2000).tokens);
  for (const count of bits) expect(Math.abs(count / 16_000 - 1 / 2)).toBeLessThan(0.02);
});

test("the first sequences are the same however many are drawn", () => {
  assert(
    property(array(integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 2 }), (numbers) => {
      const [few, more] = numbers.toSorted((a, b) => a - b);
      const { length, draw } = taskOf({ kind: "copyPaste", length: { from: 2, to: 7 } });
      expect(draw(key, more!).tokens.slice(0, few! * length)).toEqual(draw(key, few!).tokens);
    }),
    { numRuns: 20 },
  );
});

/** Loss and accuracy of a frozen model on each part, which change only with the data. */
const measured = (study: Partial<StudyInput>, streams: (own: ReturnType<typeof setupOf>["streams"]) => ReturnType<typeof setupOf>["streams"]) => {
  const setup = setupOf({
    data: { kind: "parity", length: { from: 2, to: 6 }, split: { train: 20, validation: 20, test: 20 } },
    model: { kind: "rnn", hidden: [5] },
    optimizer: { kind: "none" },
    ...study,
  });
  const run = compose({ trials: [{ ...setup, streams: streams(setup.streams) }], dataset: undefined, engine: "reference" });
  const { learnableParameters: _trained, ...metrics } = run.finish(0);
  run.close();
  return metrics;
};

test("sequences are drawn from the data stream alone, anew for each part, and the same in every arm", () => {
  const other = setupOf({ data: { kind: "sleep" } }, 1).streams;
  const own = measured({}, (streams) => streams);
  expect(
    measured({ allocation: { "*": { strategy: "frozen" } } }, (streams) => ({ ...streams, mask: other.mask, order: other.order, teacher: other.teacher })),
  ).toEqual(own);
  expect(measured({}, (streams) => ({ ...streams, data: other.data }))["train.loss"]).not.toBe(own["train.loss"]);
  expect(new Set([own["train.loss"], own["validation.loss"], own["test.loss"]]).size).toBe(3);
});

test("a split is as many sequences as it says", () => {
  const { study } = setupOf({ data: { kind: "copyPaste" }, model: { kind: "rnn" }, optimizer: { kind: "none" } });
  expect(describeSplit(study, {})).toMatchObject({ train: 2000, validation: 500, test: 500 });
});
