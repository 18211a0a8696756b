import { assert, integer, nat, property, string, stringMatching } from "fast-check";
import { describe, expect, it } from "vitest";
import { below, deriveKey, normal, normals, permutation, philox, uniform, uniforms } from "./random.ts";

const KEY = "0123456789abcdef";
const moments = (values: Float64Array): number[] => [1, 2, 3, 4].map((p) => values.reduce((sum, x) => sum + x ** p, 0) / values.length);
const key = stringMatching(/^[0-9a-f]{16}$/);

describe("philox", () => {
  // Known answers of Random123 1.14 (kat_vectors, "philox4x32 10")
  const vectors: [string, [number, number, number, number], [number, number], string][] = [
    ["zeros", [0, 0, 0, 0], [0, 0], "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
    ["ones", [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], "408f276d 41c83b0e a20bc7c6 6d5451fd"],
    ["digits of π", [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], "d16cfe09 94fdcceb 5001e420 24126ea1"],
  ];
  it.each(vectors)("gives the known answer for %s", (_, counter, words, want) => {
    expect(Array.from(philox(counter, words), (word) => word.toString(16).padStart(8, "0")).join(" ")).toBe(want);
  });
});

describe("draws", () => {
  it("do not depend on whether they are drawn alone or together", () => {
    assert(
      property(key, nat(60), (k, count) => {
        expect(Array.from(uniforms(k, count))).toEqual(Array.from({ length: count }, (_, i) => uniform(k, i)));
        expect(Array.from(normals(k, count))).toEqual(Array.from({ length: count }, (_, i) => normal(k, i)));
      }),
      { numRuns: 30 },
    );
  });

  it("stay in their ranges, far out in the sequence too", () => {
    assert(
      property(key, nat(2 ** 53 - 1), integer({ min: 1, max: 2 ** 32 }), (k, index, n) => {
        const u = uniform(k, index);
        const b = below(k, index, n);
        expect(u >= 0 && u < 1).toBe(true);
        expect(Number.isInteger(b) && b >= 0 && b < n).toBe(true);
        expect(Number.isFinite(normal(k, index))).toBe(true);
      }),
    );
  });

  it("differ between neighbouring indexes and between index n and n + 2^32", () => {
    expect(new Set([uniform(KEY, 0), uniform(KEY, 1), uniform(KEY, 2), uniform(KEY, 2 ** 33), uniform(KEY, 2 ** 34)]).size).toBe(5);
    expect(below(KEY, 5, 2 ** 32)).not.toBe(below(KEY, 5 + 2 ** 32, 2 ** 32));
  });

  it("uniforms have the moments of [0, 1)", () => {
    const got = moments(uniforms(KEY, 40_000));
    for (const [p, m] of got.entries()) expect(Math.abs(m - 1 / (p + 2))).toBeLessThan(5 * 0.3 * 40_000 ** -0.5);
  });

  it("normals have the moments 0, 1, 0, 3 of the standard normal, and independent neighbours", () => {
    const values = normals(KEY, 40_000);
    const standardErrors = [1, Math.sqrt(2), Math.sqrt(15), Math.sqrt(96)]; // of the four sample moments, times √n
    for (const [p, m] of moments(values).entries()) expect(Math.abs(m - [0, 1, 0, 3][p]!)).toBeLessThan((5 * standardErrors[p]!) / 200);
    let lag = 0;
    for (let i = 1; i < values.length; i++) lag += values[i]! * values[i - 1]!;
    expect(Math.abs(lag / values.length)).toBeLessThan(5 / 200);
  });

  it.each([2, 3, 7, 10, 3_000_000_000])("below %i hits equal parts equally often", (n) => {
    const parts = Math.min(n, 10);
    const counts = Array.from({ length: parts }, () => 0);
    const draws = 20_000;
    for (let i = 0; i < draws; i++) counts[Math.floor((below(KEY, i, n) / n) * parts)]! += 1;
    const chiSquare = counts.reduce((sum, count) => sum + (count - draws / parts) ** 2 / (draws / parts), 0);
    expect(chiSquare).toBeLessThan(35); // χ² of 9 degrees of freedom exceeds it once in 16,000
  });

  it("below rejects what would make some numbers likelier: of 3·2³⁰, every residue of three alike", () => {
    const counts = [0, 0, 0];
    for (let i = 0; i < 6000; i++) counts[below(KEY, i, 3 * 2 ** 30) % 3]! += 1; // without rejection 3,000, 1,500 and 1,500
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });

  it("permutations hold every element once and reach all orders equally", () => {
    assert(
      property(key, nat(200), (k, n) => {
        expect(Array.from(permutation(k, n)).sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
      { numRuns: 50 },
    );
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = permutation(deriveKey(KEY, `order ${i}`), 3).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe("deriveKey", () => {
  it("gives keys of 16 digits that differ by parent and by purpose", () => {
    assert(
      property(key, key, string(), string(), (a, b, p, q) => {
        expect(deriveKey(a, p)).toMatch(/^[0-9a-f]{16}$/);
        expect(deriveKey(a, p) === deriveKey(a, q)).toBe(p === q);
        expect(deriveKey(a, p) === deriveKey(b, p)).toBe(a === b);
      }),
    );
  });

  it("tells trailing zeros and the order of purposes apart", () => {
    const keys = ["", "\0", "\0\0", "a", "a\0", "ab", "ba", "abcdef", "abcdef\0", "abcdefg"].map((purpose) => deriveKey(KEY, purpose));
    expect(new Set(keys).size).toBe(keys.length);
    expect(deriveKey(deriveKey(KEY, "a"), "b")).not.toBe(deriveKey(deriveKey(KEY, "b"), "a"));
  });

  it("flips about half of the 64 bits for one character", () => {
    let flipped = 0;
    for (let i = 0; i < 200; i++) {
      const difference = BigInt(`0x${deriveKey(KEY, `x${i}`)}`) ^ BigInt(`0x${deriveKey(KEY, `x${i + 1}`)}`);
      flipped += difference.toString(2).replaceAll("0", "").length;
    }
    expect(Math.abs(flipped / 200 - 32)).toBeLessThan(1.5);
  });
});

describe("mistakes", () => {
  const mistakes: [string, () => unknown, RegExp][] = [
    ["a key of the wrong length", () => uniform("12", 0), /16 hexadecimal digits/],
    ["a key in upper case", () => normals("0123456789ABCDEF", 1), /lower case/],
    ["a negative index", () => normal(KEY, -1), /index of a draw/],
    ["a fractional index", () => uniform(KEY, 0.5), /index of a draw/],
    ["below 0", () => below(KEY, 0, 0), /from 1 to 2\^32/],
  ];
  it.each(mistakes)("%s is named", (_, run, want) => {
    expect(run).toThrow(want);
  });
});
