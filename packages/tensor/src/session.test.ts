import { describe, expect, test } from "vitest";
import type { Program } from "./program.ts";
import { createSession, type Engine, type Session, sessionBytes } from "./session.ts";
import { tensorFlow } from "./testing/tensorflow.ts";
import { trace } from "./trace.ts";

const engines: { name: string; engine: Engine }[] = [
  { name: "reference", engine: "reference" },
  { name: "wasm", engine: "wasm" },
  { name: "tfjs", engine: await tensorFlow() },
];

/** rows = table[order], total = Σ rows + offset; counts its runs. */
const lookup: Program = trace((t) => {
  const rows = t.gather(t.shared("table", [4, 2]), t.stream("order", [2]));
  const labels = t.gather(t.shared("labels", [4], "index"), t.stream("order", [2]));
  const runs = t.state("runs", []);
  t.assign(runs, t.affine(runs, 1, 1));
  return { rows, hits: t.correct(rows, labels), total: t.add(t.sum(rows), t.constant("offset", [])) };
});

function open(engine: Engine, trials = 2): Session {
  const session = createSession({ engine, programs: { lookup }, trials, streams: { order: 6 } });
  session.view("table", 0).set([0, 1, 10, 11, 20, 21, 30, 31]);
  session.view("labels", 0).set([1, 0, 1, 0]);
  for (let trial = 0; trial < trials; trial++) {
    session.view("order", trial).set(trial === 0 ? [0, 1, 2, 3, 3, 0] : [3, 2, 1, 0, 0, 1]);
    session.view("offset", trial)[0] = 100 * trial;
  }
  return session;
}

describe.each(engines)("a session on $name", ({ engine }) => {
  test("reads each trial's stream at the position of the run", () => {
    const session = open(engine);
    session.run("lookup", 0, 0);
    session.run("lookup", 1, 2);
    expect([...session.view("lookup/rows", 0)]).toEqual([0, 1, 10, 11]);
    expect([...session.view("lookup/rows", 1)]).toEqual([10, 11, 0, 1]);
    expect([...session.view("lookup/hits", 1)]).toEqual([0, 1]);
    session.run("lookup", 0, 4);
    expect([...session.view("lookup/rows", 0)]).toEqual([30, 31, 0, 1]);
    expect(session.view("lookup/total", 1)[0]).toBe(122);
  });

  test("keeps states of trials apart", () => {
    const session = open(engine);
    session.run("lookup", 0);
    session.run("lookup", 0);
    session.run("lookup", 1);
    expect([session.view("runs", 0)[0], session.view("runs", 1)[0]]).toEqual([2, 1]);
  });

  test("shared slots are one memory, others are not", () => {
    const session = open(engine);
    expect(session.view("table", 0).byteOffset).toBe(session.view("table", 1).byteOffset);
    expect(session.view("runs", 0).byteOffset).not.toBe(session.view("runs", 1).byteOffset);
    expect(session.view("order", 0)).toBeInstanceOf(Int32Array);
    expect(session.view("table", 0).BYTES_PER_ELEMENT).toBe(engine === "reference" ? 8 : 4);
  });

  test("a position outside the stream, an unknown name and an unknown trial are refused", () => {
    const session = open(engine);
    expect(() => session.run("lookup", 0, 5)).toThrow("program lookup: position 5 is outside its streams");
    expect(() => session.run("lookup", 0, -1)).toThrow("program lookup: position -1 is outside its streams");
    expect(() => session.run("lookup", 0, 0.5)).toThrow("program lookup: position 0.5 is outside its streams");
    expect(() => session.run("training", 0)).toThrow("there is no program training");
    expect(() => session.run("lookup", 2)).toThrow("trial 2 is not among 2");
    expect(() => session.view("weights", 0)).toThrow("there is no slot weights; there are table, order, labels, runs, offset");
    session.close();
    expect(() => session.run("lookup", 0)).toThrow("there is no program lookup");
  });

  test("its memory is known without creating it, and grows by the trials' own", () => {
    const bytes = (trials: number): number => sessionBytes({ engine, programs: { lookup }, trials, streams: { order: 6 } });
    expect(open(engine, 3).bytes).toBe(bytes(3));
    expect(bytes(3) - bytes(2)).toBe(bytes(2) - bytes(1));
    expect(bytes(2)).toBeGreaterThan(bytes(1));
  });
});

const count = trace((t) => {
  const n = t.state("n", [3]);
  t.assign(n, t.affine(n, 1, 1));
  return {};
});

function besideCount(other: Program): Session {
  return createSession({ engine: "reference", programs: { count, other }, trials: 1 });
}

describe("programs over the same slots", () => {
  test("share their memory", () => {
    const read = trace((t) => ({ twice: t.affine(t.state("n", [3]), 2) }));
    const session = createSession({ engine: "wasm", programs: { count, read }, trials: 1 });
    session.run("count", 0);
    session.run("read", 0);
    expect([...session.view("read/twice", 0)]).toEqual([2, 2, 2]);
  });

  test("must agree on shapes and kinds", () => {
    const wide = trace((t) => ({ n: t.state("n", [4]) }));
    const frozen = trace((t) => ({ n: t.affine(t.constant("n", [3]), 2) }));
    expect(() => besideCount(wide)).toThrow("slot n: a state of shape [4] in one program, a state of shape [3] in another");
    expect(() => besideCount(frozen)).toThrow("slot n: a constant of shape [3] in one program, a state of shape [3] in another");
  });

  test("a slot that turns out not to matter can still be filled", () => {
    const unused = trace((t) => {
      t.constant("mask", [2]);
      return { x: t.state("x", [1]) };
    });
    const session = createSession({ engine: "reference", programs: { unused }, trials: 1 });
    expect(session.view("mask", 0).length).toBe(2);
  });

  test("a session without trials is refused", () => {
    expect(() => createSession({ engine: "reference", programs: { count }, trials: 0 })).toThrow("a session holds at least one trial, not 0");
  });
});
