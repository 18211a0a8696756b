import { mean, sampleStd } from "./descriptive.ts";
import { studentCritical } from "./student.ts";

/**
 * Confidence interval of mean(first) − mean(second) of independent samples whose deviations may differ (Welch 1947). Its degrees of freedom
 * are rounded down to a whole number, which makes it wider and never narrower. Undefined below two values of either.
 */
export function welchInterval(first: readonly number[], second: readonly number[], level = 0.95): { low: number; high: number } | undefined {
  if (first.length < 2 || second.length < 2) return undefined;
  const centre = mean(first) - mean(second);
  const [a, b] = [first, second].map((values) => sampleStd(values) ** 2 / values.length) as [number, number];
  if (a + b === 0) return { low: centre, high: centre };
  const degrees = (a + b) ** 2 / (a ** 2 / (first.length - 1) + b ** 2 / (second.length - 1));
  const half = studentCritical(1 - level, Math.floor(degrees)) * Math.sqrt(a + b);
  return { low: centre - half, high: centre + half };
}
