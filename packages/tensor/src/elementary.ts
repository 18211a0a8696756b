/**
 * Elementary functions in float64 from + − × ÷ and bit patterns alone.
 *
 * `Math.exp` and its kin may round differently from one JavaScript engine to
 * the next; these give the same bits on every Node. Coefficients and reductions
 * are those of FreeBSD's msun (fdlibm) and, for tanh, of Cephes; each function
 * is within 3 units in the last place.
 */

const float = new Float64Array(1);
const bits = new Int32Array(float.buffer); // little-endian: [low, high]

const TWO_54 = 18014398509481984;
const LN2_HIGH = 0.6931471803691238; // 32 leading bits, so that k·LN2_HIGH is exact
const LN2_LOW = 1.9082149292705877e-10;
const SQRT_HALF_HIGH_WORD = 0x3fe6a09e;

/** 2ᵏ for −1022 ≤ k ≤ 1023. */
function powerOfTwo(k: number): number {
  bits[0] = 0;
  bits[1] = (k + 1023) << 20;
  return float[0]!;
}

/** y·2ᵏ, rounded once even where the result is subnormal. */
function scale(y: number, k: number): number {
  if (k > 1023) return y * powerOfTwo(1023) * powerOfTwo(k - 1023);
  if (k < -1021) return y * powerOfTwo(k + 1000) * powerOfTwo(-1000);
  return y * powerOfTwo(k);
}

/** eˣ. Source: msun e_exp.c. */
export function exp(x: number): number {
  if (x > 709.782712893384) return Infinity;
  if (x < -745.1332191019412) return 0;
  if (!(x > 2 ** -28 || x < -(2 ** -28))) return 1 + x; // NaN too
  const k = Math.floor(x * 1.4426950408889634 + 0.5);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const z = r * r;
  const c =
    r - z * (0.16666666666666602 + z * (-0.0027777777777015593 + z * (0.00006613756321437934 + z * (-0.0000016533902205465252 + z * 4.1381367970572385e-8))));
  return scale(1 - (low - (r * c) / (2 - c) - high), k);
}

let exponent = 0; // second result of `mantissa`

/** Splits x > 0 into m·2ᵏ with m in [√½, √2); sets `exponent` to k. */
function mantissa(x: number): number {
  const subnormal = x < 2 ** -1022;
  float[0] = subnormal ? x * TWO_54 : x;
  const shifted = bits[1]! + (0x3ff00000 - SQRT_HALF_HIGH_WORD);
  exponent = (shifted >>> 20) - 0x3ff - (subnormal ? 54 : 0);
  bits[1] = (shifted & 0xfffff) + SQRT_HALF_HIGH_WORD;
  return float[0];
}

/** Natural logarithm; −∞ at 0, NaN below. Source: msun e_log.c. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return Infinity;
  const f = mantissa(x) - 1;
  const k = exponent;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const odd = z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)));
  const half = 0.5 * f * f;
  return k * LN2_HIGH - (half - (s * (half + even + odd) + k * LN2_LOW) - f);
}

/** log(1 + x), accurate near 0. Source: the HP-15C identity, Goldberg 1991, theorem 4. */
export function log1p(x: number): number {
  const u = 1 + x;
  if (u === 1) return x;
  return u === Infinity ? u : (log(u) * x) / (u - 1);
}

/** Hyperbolic tangent. Source: Cephes tanh.c. */
export function tanh(x: number): number {
  const size = x < 0 ? -x : x;
  if (size > 22) return x < 0 ? -1 : 1;
  if (size >= 0.625) {
    const y = 1 - 2 / (exp(2 * size) + 1);
    return x < 0 ? -y : y;
  }
  const z = x * x;
  const numerator = -1614.6876844170845 + z * (-99.28772310019185 + z * -0.9643991794250523);
  const denominator = 4844.063053251255 + z * (2235.4883906010045 + z * (112.81167849163293 + z));
  return x + x * z * (numerator / denominator);
}

/** 1 / (1 + e⁻ˣ), without overflow on either side. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const e = exp(x);
  return e / (1 + e);
}

let remainderHigh = 0;
let remainderLow = 0;

/** Reduces x by multiples of π/2 to high + low in about [−π/4, π/4] and returns the quadrant 0–3. */
function quadrant(x: number): number {
  if (x > 2 ** 20 || x < -(2 ** 20)) throw new RangeError(`sin and cos take |x| ≤ 2^20, not ${x}: reduce the angle first`);
  const n = Math.floor(x * 0.6366197723675814 + 0.5);
  // π/2 in three 33-bit pieces and a tail: the first two products are exact
  const first = x - n * 1.5707963267341256;
  const second = n * 6.077100506303966e-11;
  const high = first - second;
  const low = first - high - second - n * 2.0222662487111665e-21 - n * 8.4784276603689e-32;
  remainderHigh = high + low;
  remainderLow = high - remainderHigh + low;
  return n & 3;
}

/** sin(x + y) for |x| ≤ π/4 and a tail y. Source: msun k_sin.c. */
function sineKernel(x: number, y: number): number {
  const z = x * x;
  const v = z * x;
  const r = 0.00833333333332249 + z * (-0.0001984126982985795 + z * (0.0000027557313707070068 + z * (-2.5050760253406863e-8 + z * 1.58969099521155e-10)));
  return x - (z * (0.5 * y - v * r) - y - v * -0.16666666666666632);
}

/** cos(x + y) for |x| ≤ π/4 and a tail y. Source: msun k_cos.c. */
function cosineKernel(x: number, y: number): number {
  const z = x * x;
  const w = z * z;
  const r =
    z * (0.0416666666666666 + z * (-0.001388888888887411 + z * 0.00002480158728947673)) +
    w * w * (-2.7557314351390663e-7 + z * (2.087572321298175e-9 + z * -1.1359647557788195e-11));
  const half = 0.5 * z;
  const one = 1 - half;
  return one + (1 - one - half + (z * r - x * y));
}

function turned(quarter: number): number {
  const value = quarter & 1 ? cosineKernel(remainderHigh, remainderLow) : sineKernel(remainderHigh, remainderLow);
  return quarter & 2 ? -value : value;
}

/** sin x for |x| ≤ 2²⁰ (radians); a RangeError beyond. */
export function sin(x: number): number {
  return x === 0 ? x : turned(quadrant(x));
}

/** cos x for |x| ≤ 2²⁰ (radians); a RangeError beyond. */
export function cos(x: number): number {
  return turned(quadrant(x) + 1);
}

let productLow = 0;

/** a·b = result + `productLow` exactly (Dekker 1971). */
function exactProduct(a: number, b: number): number {
  const aSplit = a * 134217729;
  const aHigh = aSplit - (aSplit - a);
  const aLow = a - aHigh;
  const bSplit = b * 134217729;
  const bHigh = bSplit - (bSplit - b);
  const bLow = b - bHigh;
  const product = a * b;
  productLow = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  return product;
}

const ATANH_TAIL = [27, 25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5].map((odd) => 1 / odd);

let logarithmLow = 0;

/** log x = result + `logarithmLow` to about 2⁻⁶³ of itself: 2·atanh(s), s = (m − 1)/(m + 1), whose first two terms are carried in double-double. */
function preciseLog(x: number): number {
  const m = mantissa(x);
  const k = exponent;
  const f = m - 1;
  const u = m + 1;
  const uLow = m - (u - 1);
  const s = f / u;
  const sProduct = exactProduct(s, u);
  const sLow = (f - sProduct - productLow - s * uLow) / u;
  const square = exactProduct(s, s);
  const squareLow = productLow + 2 * s * sLow;
  let tail = 0;
  for (const coefficient of ATANH_TAIL) tail = tail * square + coefficient;
  const third = exactProduct(square, 1 / 3);
  const thirdLow = productLow + squareLow / 3 + square * 1.850371707708594e-17 + square * square * tail;
  const term = exactProduct(2 * s, third);
  const low = productLow + 2 * (s * thirdLow + sLow * (1 + third)) + k * LN2_LOW;
  const partial = 2 * s + term;
  const partialLow = 2 * s - partial + term;
  const whole = k * LN2_HIGH + partial;
  const wholeLow = k === 0 ? 0 : k * LN2_HIGH - whole + partial;
  const rest = partialLow + wholeLow + low;
  const high = whole + rest;
  logarithmLow = whole - high + rest;
  return high;
}

/** xʸ with the special cases of IEEE 754 (ECMAScript's `**`): x < 0 takes integer y only. */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN;
  const negative = x < 0 || Object.is(x, -0);
  const size = Math.abs(x);
  const limit = size === 0 || size === Infinity || !Number.isFinite(y);
  const value = limit ? limitPower(size, y) : positivePower(size, y);
  if (!negative) return value;
  if (Number.isInteger(y)) return y % 2 === 0 ? value : -value;
  return limit ? value : NaN;
}

/** sizeʸ where one of the two is 0 or infinite. */
function limitPower(size: number, y: number): number {
  if (size === 1) return NaN;
  return size > 1 === y > 0 ? Infinity : 0;
}

function positivePower(x: number, y: number): number {
  const high = preciseLog(x);
  const low = logarithmLow;
  if (Math.abs(y) * Math.abs(high) > 800) return high > 0 === y > 0 ? Infinity : 0;
  // exp reduces its argument exactly, so the rounding of y·log x is put back as a factor
  const power = exactProduct(y, high);
  const rest = productLow + y * low;
  return exp(power) * (1 + rest);
}
