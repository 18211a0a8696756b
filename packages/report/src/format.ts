/** How a metric is written: shares in per cent (differences in points), counts as whole numbers, anything else with significant digits. */
export type Unit = "share" | "count" | "seconds" | "bytes" | "plain";

const ENDINGS: readonly (readonly [RegExp, Unit])[] = [
  [/accuracy$|match$|^top\d$/i, "share"],
  [/parameters$|flops|count$|steps$/i, "count"],
  [/seconds$/i, "seconds"],
  [/bytes$|memory$/i, "bytes"],
];

/** Guessed from the last part of the metric's name. */
export function unitOf(metric: string): Unit {
  if (isDerived(metric)) return "count";
  return ENDINGS.find(([pattern]) => pattern.test(lastPart(metric)))?.[1] ?? "plain";
}

const DERIVED = "derived.";

/** A number of the study that followed from a budget: a fact of an arm, by the path that it was set at. */
export function isDerived(metric: string): boolean {
  return metric.startsWith(DERIVED);
}

/** `model.hidden[0]` of `derived.model.hidden[0]`. */
export function derivedPath(metric: string): string {
  return metric.slice(DERIVED.length);
}

/** `loss` of `test.loss`. */
export function lastPart(metric: string): string {
  return metric.split(".").at(-1) ?? metric;
}

/** Decimal exponent: 2 of 345, -3 of 0.0012. */
function exponentOf(value: number): number {
  return Number(value.toExponential().split("e")[1]);
}

/** value / 10^exponent, by its decimal digits. */
function shifted(value: number, exponent: number): number {
  const [mantissa, own] = value.toExponential().split("e");
  return Number(`${mantissa}e${Number(own) - exponent}`);
}

/** Fixed decimals with a true minus and thousands separators. */
export function fixed(value: number, decimals: number): string {
  const [whole = "", fraction] = Math.abs(value).toFixed(decimals).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const text = fraction === undefined ? grouped : `${grouped}.${fraction}`;
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

/** Decimals that show `digits` significant digits of the size, none beyond six. */
function decimalsFor(size: number, digits: number): number {
  return size === 0 ? 0 : Math.min(6, Math.max(0, digits - 1 - exponentOf(Math.abs(size))));
}

/** Whether fixed decimals would hide the number. */
function needsPower(size: number): boolean {
  return size !== 0 && (Math.abs(size) < 1e-4 || Math.abs(size) >= 1e6);
}

/** `×10⁻³`. */
function powerOfTen(exponent: number): string {
  const digits = String(Math.abs(exponent)).replace(/\d/g, (d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(d)]!);
  return `×10${exponent < 0 ? "⁻" : ""}${digits}`;
}

/** Three significant digits, whole numbers whole, powers of ten beyond 10^6 and below 10^-4. */
export function plain(value: number): string {
  const exponent = exponentOf(Math.abs(value));
  if (needsPower(value)) return `${fixed(shifted(value, exponent), 2)}${powerOfTen(exponent)}`;
  return fixed(value, Number.isInteger(value) ? 0 : decimalsFor(value, 3));
}

/** A round number at a tick: no zeros at its end, `10⁻⁴` without a mantissa of 1. */
export function tickText(value: number): string {
  const exponent = exponentOf(Math.abs(value));
  const mantissa = shifted(value, exponent);
  if (needsPower(value)) return Math.abs(mantissa) === 1 ? `${value < 0 ? "−" : ""}${powerOfTen(exponent).slice(1)}` : `${mantissa}${powerOfTen(exponent)}`;
  const decimals = Number(value.toPrecision(6)).toString().split(".")[1]?.length ?? 0;
  return fixed(value, decimals);
}

const SCALES: Readonly<Record<Unit, { scale: number; suffix: string; difference: string }>> = {
  share: { scale: 100, suffix: " %", difference: " points" },
  count: { scale: 1, suffix: "", difference: "" },
  seconds: { scale: 1, suffix: " s", difference: " s" },
  bytes: { scale: 1 / 1048576, suffix: " MiB", difference: " MiB" },
  plain: { scale: 1, suffix: "", difference: "" },
};

/** Factor from the metric's own unit to the one it is written in. */
export function scaleOf(metric: string): number {
  return SCALES[unitOf(metric)].scale;
}

/** The unit after a value: ` %`, ` s` or nothing; of a difference ` points`. */
export function suffixOf(metric: string, difference = false): string {
  const scale = SCALES[unitOf(metric)];
  return difference ? scale.difference : scale.suffix;
}

/**
 * Decimals that a column of values with these spreads (in the metric's own unit) shares: two significant digits of the smallest spread,
 * of a share one or two. Undefined where no number of decimals suits all, because they span too many decades or have no spread.
 */
export function decimalsOf(metric: string, { values, spreads }: { values: readonly number[]; spreads: readonly number[] }): number | undefined {
  const unit = unitOf(metric);
  const sizes = spreads.map((size) => size * scaleOf(metric)).filter((size) => size > 0);
  if (unit === "share") return sizes.some((size) => size < 0.3) ? 2 : 1;
  if (unit === "count" && values.every((value) => Number.isInteger(value))) return 0;
  const smallest = Math.min(...sizes);
  const largest = Math.max(...values.map((value) => Math.abs(value * scaleOf(metric))));
  return sizes.length === 0 || smallest < 1e-5 || needsPower(largest) || largest / smallest > 1e5 ? undefined : decimalsFor(smallest, 2);
}

/** `93.81 ± 0.12` in the written unit, without it; decimals follow the spread unless they are given. */
export function withSpread(
  metric: string,
  value: number,
  around: number | null,
  decimals = decimalsOf(metric, { values: [value], spreads: [around ?? 0] }),
): string {
  const scaled = value * scaleOf(metric);
  const size = (around ?? 0) * scaleOf(metric);
  if (decimals !== undefined) return around === null ? fixed(scaled, decimals) : `${fixed(scaled, decimals)} ± ${fixed(size, decimals)}`;
  if (size === 0) return around === null ? plain(scaled) : `${plain(scaled)} ± 0`;
  const exponent = exponentOf(Math.max(Math.abs(scaled), size));
  const digits = Math.min(4, decimalsFor(shifted(size, exponent), 2));
  return `(${fixed(shifted(scaled, exponent), digits)} ± ${fixed(shifted(size, exponent), digits)})${exponent === 0 ? "" : powerOfTen(exponent)}`;
}

/** One value with its unit. */
export function single(metric: string, value: number): string {
  return `${withSpread(metric, value, null)}${suffixOf(metric)}`;
}

/** A p-value with two significant digits; `< 0.0001` below. */
export function probability(p: number | null): string {
  if (p === null) return "–";
  if (p < 1e-4) return "< 0.0001";
  return p > 0.995 ? "1" : String(Number(p.toPrecision(2)));
}

/** `p = 0.023`, `p < 0.0001`. */
export function equation(p: number | null): string {
  const text = probability(p);
  return text.startsWith("<") ? `p ${text}` : `p = ${text}`;
}

/** `1 arm`, `2 arms`. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${fixed(count, 0)} ${count === 1 ? noun : many}`;
}
