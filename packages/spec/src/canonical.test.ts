import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, sha256 } from "./canonical.ts";

describe("canonicalJson", () => {
  it.each([
    ["sorts keys", { b: 1, a: { d: 2, c: 3 } }, '{"a":{"c":3,"d":2},"b":1}'],
    ["writes 1.0 as 1", [1.0, 1e21, 0.1, -0], "[1,1e+21,0.1,0]"],
    ["leaves out undefined fields", { a: undefined, b: null }, '{"b":null}'],
  ])("%s", (_name, value, want) => {
    expect(canonicalJson(value)).toBe(want);
  });

  it("depends on the value, not on the order its keys were given in", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).toReversed());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each([[undefined], [Number.NaN], [Number.POSITIVE_INFINITY]])("refuses %s, which JSON can't hold", (value) => {
    expect(() => canonicalJson(value)).toThrow(/not JSON|not allowed|NaN|Infinity/);
  });
});

describe("sha256", () => {
  it("gives the published digest of abc, for text and for bytes", () => {
    const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect([sha256("abc"), sha256(new Uint8Array([97, 98, 99]))]).toEqual([want, want]);
  });
});
