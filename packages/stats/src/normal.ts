const LN2_HIGH = 0.69314718036912381649;
const LN2_LOW = 1.90821492927058770002e-10;
const ROOT_TWO_PI = 2.5066282746310002;

/** e^x from + - * / only, so that a report is the same bytes on every engine; underflows to 0, overflows to Infinity. */
export function exponential(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x < -745.2) return 0;
  if (x > 709.79) return Number.POSITIVE_INFINITY;
  const doublings = Math.round(x / (LN2_HIGH + LN2_LOW));
  const rest = x - doublings * LN2_HIGH - doublings * LN2_LOW;
  let value = 1;
  for (let k = 18; k >= 1; k--) value = 1 + (value * rest) / k;
  for (let k = 0; k < doublings; k++) value *= 2;
  for (let k = 0; k > doublings; k--) value *= 0.5;
  return value;
}

/** Density of the standard normal. */
export function normalDensity(x: number): number {
  return exponential(-0.5 * x * x) / ROOT_TWO_PI;
}

/** Standard normal distribution function. Series below 3 (Abramowitz and Stegun 26.2.11), continued fraction of the tail beyond (26.2.14). */
export function normalCdf(x: number): number {
  if (x > 0) return x < 3 ? 0.5 + centralArea(x) : 1 - upperTail(x);
  return x > -3 ? 0.5 - centralArea(-x) : upperTail(-x);
}

function centralArea(x: number): number {
  let term = x;
  let total = x;
  for (let k = 3; term > total * 1e-18; k += 2) {
    term *= (x * x) / k;
    total += term;
  }
  return total * normalDensity(x);
}

function upperTail(x: number): number {
  let fraction = x;
  for (let k = 150; k >= 1; k--) fraction = x + k / fraction;
  return normalDensity(x) / fraction;
}

/** The x with `normalCdf(x) = p`, by bisection; ±Infinity at p = 0 and 1. */
export function normalQuantile(p: number): number {
  if (p <= 0) return Number.NEGATIVE_INFINITY;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  if (p > 0.5) return -normalQuantile(1 - p);
  let low = -39;
  let high = 0;
  for (let k = 0; k < 80; k++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
