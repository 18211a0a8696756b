/**
 * Random draws as pure functions of a key and an index: a draw depends on
 * nothing that was drawn before, so packing, resuming and skipping change no
 * bit. Generator: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel
 * random numbers: as easy as 1, 2, 3", SC 2011).
 */
import { cos, log, sin } from "./elementary.ts";

/** 64 bits as 16 hexadecimal digits. */
export type Key = string;

/** The last counter word keeps uses of one key apart. */
const UNIFORM = 0;
const NORMAL = 1;
const BELOW = 2;
const DERIVE = 3;

const result = new Uint32Array(4); // of `philox`

/** Upper 32 bits of a·b for unsigned 32-bit a and b. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16); // < 2^32
  const cross = aLow * bHigh + (middle & 0xffff); // < 2^32
  return aHigh * bHigh + (middle >>> 16) + (cross >>> 16);
}

/** The Philox4x32-10 bijection of a 128-bit counter under a 64-bit key; the result is valid until the next call. */
export function philox(counter: readonly [number, number, number, number], key: readonly [number, number]): Uint32Array {
  let [x0, x1, x2, x3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, x0 >>> 0);
    const low0 = Math.imul(0xd2511f53, x0);
    const high1 = multiplyHigh(0xcd9e8d57, x2 >>> 0);
    const low1 = Math.imul(0xcd9e8d57, x2);
    x0 = high1 ^ x1 ^ k0;
    x1 = low1;
    x2 = high0 ^ x3 ^ k1;
    x3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  result[0] = x0;
  result[1] = x1;
  result[2] = x2;
  result[3] = x3;
  return result;
}

type KeyWords = readonly [number, number];

function parse(key: Key): KeyWords {
  if (!/^[0-9a-f]{16}$/.test(key)) throw new TypeError(`a key is 16 hexadecimal digits in lower case, not ${JSON.stringify(key)}`);
  return [Number.parseInt(key.slice(8), 16), Number.parseInt(key.slice(0, 8), 16)];
}

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");

/** Another key, set apart by what it is for: each 6 UTF-16 units of `purpose` and finally its length are mixed into the key. */
export function deriveKey(key: Key, purpose: string): Key {
  let state = parse(key);
  const unit = (at: number): number => (at < purpose.length ? purpose.charCodeAt(at) : 0);
  const mix = (a: number, b: number, c: number): void => {
    const out = philox([a, b, c, DERIVE], state);
    state = [out[0]! ^ out[2]!, out[1]! ^ out[3]!];
  };
  for (let at = 0; at < purpose.length; at += 6) {
    mix(unit(at) | (unit(at + 1) << 16), unit(at + 2) | (unit(at + 3) << 16), unit(at + 4) | (unit(at + 5) << 16));
  }
  mix(purpose.length, 0, 0xffffffff);
  return hex(state[1]) + hex(state[0]);
}

const block = (key: KeyWords, index: number, use: number): Uint32Array => philox([index | 0, Math.floor(index / 2 ** 32), 0, use], key);

/** 53 bits of two words as a number in [0, 1). */
const unitInterval = (high: number, low: number): number => ((high >>> 5) * 67108864 + (low >>> 6)) / 9007199254740992;

/** Each block of four words holds two draws: even indexes take the first half, odd ones the second. */
function uniformAt(key: KeyWords, index: number): number {
  const half = index % 2;
  const w = block(key, (index - half) / 2, UNIFORM);
  return half === 0 ? unitInterval(w[0]!, w[1]!) : unitInterval(w[2]!, w[3]!);
}

/** The pair of normal draws 2·pair and 2·pair + 1 (Box and Muller 1958), written to out[at] and out[at + 1]. */
function normalPair(key: KeyWords, pair: number, out: Float64Array, at: number): void {
  const w = block(key, pair, NORMAL);
  const radius = Math.sqrt(-2 * log(1 - unitInterval(w[0]!, w[1]!))); // 1 − u is in (0, 1]
  const angle = 6.283185307179586 * unitInterval(w[2]!, w[3]!);
  out[at] = radius * cos(angle);
  if (at + 1 < out.length) out[at + 1] = radius * sin(angle);
}

function checkIndex(index: number): void {
  if (!Number.isSafeInteger(index) || index < 0) throw new RangeError(`the index of a draw is an integer from 0 to 2^53 − 1, not ${index}`);
}

/** Draw `index` of the key's uniform sequence: [0, 1), 53 bits. */
export function uniform(key: Key, index: number): number {
  checkIndex(index);
  return uniformAt(parse(key), index);
}

const pairScratch = new Float64Array(2);

/** Draw `index` of the key's standard normal sequence. */
export function normal(key: Key, index: number): number {
  checkIndex(index);
  normalPair(parse(key), Math.floor(index / 2), pairScratch, 0);
  return pairScratch[index % 2]!;
}

/** Integer in [0, n) without bias, by Lemire's rejection (ACM TOMACS 29(1), 2019); 1 ≤ n ≤ 2³². */
function belowAt(key: KeyWords, index: number, n: number): number {
  const threshold = 2 ** 32 % n;
  for (let attempt = 0; ; attempt++) {
    const w = philox([index | 0, Math.floor(index / 2 ** 32), attempt, BELOW], key);
    for (let i = 0; i < 4; i++) {
      if (n === 2 ** 32) return w[i]!;
      if (Math.imul(w[i]!, n) >>> 0 >= threshold) return multiplyHigh(w[i]!, n);
    }
  }
}

/** Draw `index` of the key's integers in [0, n), each equally likely; 1 ≤ n ≤ 2³². */
export function below(key: Key, index: number, n: number): number {
  checkIndex(index);
  if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) throw new RangeError(`below takes an integer n from 1 to 2^32, not ${n}`);
  return belowAt(parse(key), index, n);
}

/** The first `count` uniform draws of a key: uniforms(key, n)[i] = uniform(key, i). */
export function uniforms(key: Key, count: number): Float64Array {
  const words = parse(key);
  return Float64Array.from({ length: count }, (_, i) => uniformAt(words, i));
}

/** The first `count` standard normal draws of a key: normals(key, n)[i] = normal(key, i). */
export function normals(key: Key, count: number): Float64Array {
  const words = parse(key);
  const out = new Float64Array(count);
  for (let i = 0; i < count; i += 2) normalPair(words, i / 2, out, i);
  return out;
}

/** A uniformly random order of 0 … n − 1 (Fisher–Yates, from the end). */
export function permutation(key: Key, n: number): Int32Array {
  const words = parse(key);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = belowAt(words, i, i + 1);
    const moved = order[i]!;
    order[i] = order[j]!;
    order[j] = moved;
  }
  return order;
}
