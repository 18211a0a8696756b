import { assert, integer, nat, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import type { KernelFactory } from "./kernels.ts";
import { referenceKernels } from "./reference/index.ts";
import { createArena, drawn } from "./testing/kernel-arena.ts";
import { wasmKernels } from "./wasm.ts";

const engines: [string, KernelFactory][] = [
  ["reference", referenceKernels],
  ["wasm", wasmKernels],
];
const zeros = (n: number): number[] => Array.from({ length: n }, () => 0);

const problems = record({ rows: integer({ min: 1, max: 9 }), classes: integer({ min: 1, max: 14 }), scale: integer({ min: 1, max: 60 }), seed: nat(1e6) });

function classification({ rows, classes, scale, seed }: { rows: number; classes: number; scale: number; seed: number }) {
  const logits = drawn(seed, rows * classes).map((x) => Math.fround(x * scale));
  const labels = drawn(seed + 1, rows).map((x) => Math.min(classes - 1, Math.floor(((x + 1) / 2) * classes)));
  const softmax = Array.from({ length: rows }, (_, i) => {
    const row = logits.slice(i * classes, (i + 1) * classes);
    const max = Math.max(...row);
    const terms = row.map((x) => Math.exp(x - max));
    const sum = terms.reduce((a, b) => a + b, 0);
    return { row, loss: max + Math.log(sum) - row[labels[i]!]!, probabilities: terms.map((x) => x / sum), first: row.indexOf(max) };
  });
  return { logits, labels, softmax };
}

describe.each(engines)("classification kernels of %s", (_, factory) => {
  it("crossEntropy is logsumexp minus the logit of the label", () => {
    assert(
      property(problems, (p) => {
        const arena = createArena(factory, p.seed % 4);
        const { logits, labels, softmax } = classification(p);
        const [a, at, out] = [arena.floats(logits), arena.indexes(labels), arena.floats(zeros(p.rows))];
        arena.run([[out, p.rows]], (k) => k.crossEntropy(p.rows, p.classes, a, at, out));
        for (const [i, got] of arena.read(out, p.rows).entries())
          expect(Math.abs(got - softmax[i]!.loss)).toBeLessThanOrEqual(arena.epsilon * (8 + 4 * p.scale));
      }),
      { numRuns: 150 },
    );
  });

  it("softmax is exponentials over their sum, of a causal row only as far as its diagonal", () => {
    assert(
      property(problems, (p) => {
        const arena = createArena(factory, p.seed % 4);
        const { logits, softmax } = classification(p);
        const count = p.rows * p.classes;
        const [x, whole, seen] = [arena.floats(logits), arena.floats(zeros(count)), arena.floats(zeros(count))];
        arena.run([[whole, count]], (k) => k.softmax(p.rows, p.classes, 0, x, whole));
        arena.run([[seen, count]], (k) => k.softmax(p.rows, p.classes, 1, x, seen));
        const want = softmax.flatMap(({ probabilities }) => probabilities);
        const causal = softmax.flatMap(({ row }, i) => {
          const terms = row.map((value, j) => (j <= i % p.classes ? Math.exp(value - Math.max(...row.slice(0, (i % p.classes) + 1))) : 0));
          return terms.map((term) => term / terms.reduce((a, b) => a + b, 0));
        });
        const tolerance = arena.epsilon * (12 + 2 * p.scale);
        for (const [i, got] of arena.read(whole, count).entries()) expect(Math.abs(got - want[i]!)).toBeLessThanOrEqual(tolerance);
        for (const [i, got] of arena.read(seen, count).entries()) expect(Math.abs(got - causal[i]!)).toBeLessThanOrEqual(causal[i] === 0 ? 0 : tolerance);
      }),
      { numRuns: 150 },
    );
  });

  it("crossEntropyGradient is softmax minus the label, times the upstream gradient", () => {
    assert(
      property(problems, (p) => {
        const arena = createArena(factory, p.seed % 4);
        const { logits, labels, softmax } = classification(p);
        const upstream = drawn(p.seed + 2, p.rows);
        const count = p.rows * p.classes;
        const [a, at, u, out] = [arena.floats(logits), arena.indexes(labels), arena.floats(upstream), arena.floats(zeros(count))];
        arena.run([[out, count]], (k) => k.crossEntropyGradient(p.rows, p.classes, a, at, u, out));
        const want = softmax.flatMap(({ probabilities }, i) => probabilities.map((q, j) => upstream[i]! * (q - (labels[i] === j ? 1 : 0))));
        for (const [i, got] of arena.read(out, count).entries()) expect(Math.abs(got - want[i]!)).toBeLessThanOrEqual(arena.epsilon * (12 + 2 * p.scale));
      }),
      { numRuns: 150 },
    );
  });

  it("correct compares the first largest logit with the label", () => {
    assert(
      property(problems, (p) => {
        const arena = createArena(factory, p.seed % 4);
        const { logits, labels } = classification(p);
        const tied = logits.map((x) => Math.round(x / 8));
        const [a, at, out] = [arena.floats(tied), arena.indexes(labels), arena.floats(zeros(p.rows))];
        arena.run([[out, p.rows]], (k) => k.correct(p.rows, p.classes, a, at, out));
        const want = labels.map((label, i) => {
          const row = tied.slice(i * p.classes, (i + 1) * p.classes);
          return row.indexOf(Math.max(...row)) === label ? 1 : 0;
        });
        expect(arena.read(out, p.rows)).toEqual(want);
      }),
      { numRuns: 100 },
    );
  });

  it("a NaN logit shows in the loss", () => {
    const arena = createArena(factory);
    const [a, at, out] = [arena.floats([1, Number.NaN, 2, 3, 4, 5]), arena.indexes([0, 0]), arena.floats([0, 0])];
    arena.run([[out, 2]], (k) => k.crossEntropy(2, 3, a, at, out));
    expect(arena.read(out, 2)).toEqual([Number.NaN, expect.closeTo(2.4076059644, 5)]);
  });
});

function close(got: number[], want: number[], tolerance: number): void {
  for (const [i, x] of got.entries()) expect(Math.abs(x - want[i]!)).toBeLessThanOrEqual(tolerance * (1 + Math.abs(want[i]!)));
}

/** Parameter, gradient and up to two moments. */
const states = (values: number[][]): [number[], number[], number[], number[]] => [values[0]!, values[1]!, values[2] ?? [], values[3] ?? []];

const steps = record({ n: integer({ min: 1, max: 23 }), seed: nat(1e6) });

describe.each(engines)("optimiser kernels of %s", (_, factory) => {
  /** Runs one update over p, g and `moments` more states and returns the states after it with their values before. */
  const update = (kernel: "sgd" | "momentum" | "adam" | "rmsprop", n: number, seed: number, scalars: number[]) => {
    const arena = createArena(factory, seed % 4);
    const moments = { sgd: 0, momentum: 1, rmsprop: 1, adam: 2 }[kernel];
    const before = Array.from({ length: 2 + moments }, (_state, i) => drawn(seed + i, n).map((x) => (i > 1 && kernel !== "momentum" ? Math.abs(x) : x)));
    const at = before.map((values) => arena.floats(values));
    const s = arena.floats(scalars);
    const [p, g, first, second] = [at[0]!, at[1]!, at[2] ?? 0, at[3] ?? 0];
    arena.run(
      at.filter((address) => address !== g).map((address) => [address, n] as const),
      (k) => {
        if (kernel === "sgd") k.sgd(n, p, g, s);
        else if (kernel === "adam") k.adam(n, p, g, first, second, s);
        else k[kernel](n, p, g, first, s);
      },
    );
    return { before, after: at.map((address) => arena.read(address, n)), tolerance: 16 * arena.epsilon };
  };

  it("sgd steps against the decayed gradient", () => {
    assert(
      property(steps, ({ n, seed }) => {
        const { before, after, tolerance } = update("sgd", n, seed, [0.125, 0.5]);
        const [p, g] = states(before);
        close(
          after[0]!,
          p.map((x, i) => x - 0.125 * (g[i]! + 0.5 * x)),
          tolerance,
        );
      }),
    );
  });

  it("momentum keeps a velocity", () => {
    assert(
      property(steps, ({ n, seed }) => {
        const { before, after, tolerance } = update("momentum", n, seed, [0.125, 0.75, 0.5]);
        const [p, g, v] = states(before);
        const velocity = v.map((x, i) => 0.75 * x + g[i]! + 0.5 * p[i]!);
        close(after[2]!, velocity, tolerance);
        close(
          after[0]!,
          p.map((x, i) => x - 0.125 * velocity[i]!),
          tolerance,
        );
      }),
    );
  });

  it("adam keeps two moments and decays apart from the gradient", () => {
    assert(
      property(steps, ({ n, seed }) => {
        const { before, after, tolerance } = update("adam", n, seed, [0.125, 0.75, 0.875, 0.0625, 0.03125]);
        const [p, g, m, v] = states(before);
        const first = m.map((x, i) => 0.75 * x + 0.25 * g[i]!);
        const second = v.map((x, i) => 0.875 * x + 0.125 * g[i]! ** 2);
        close(after[2]!, first, tolerance);
        close(after[3]!, second, tolerance);
        close(
          after[0]!,
          p.map((x, i) => x - ((0.125 * first[i]!) / (Math.sqrt(second[i]!) + 0.0625) + 0.03125 * x)),
          tolerance,
        );
      }),
    );
  });

  it("rmsprop divides by the running size of the gradient", () => {
    assert(
      property(steps, ({ n, seed }) => {
        const { before, after, tolerance } = update("rmsprop", n, seed, [0.125, 0.875, 0.0625, 0.5]);
        const [p, g, v] = states(before);
        const second = v.map((x, i) => 0.875 * x + 0.125 * g[i]! ** 2);
        close(after[2]!, second, tolerance);
        close(
          after[0]!,
          p.map((x, i) => x - (0.125 * (g[i]! + 0.5 * x)) / (Math.sqrt(second[i]!) + 0.0625)),
          tolerance,
        );
      }),
    );
  });
});
