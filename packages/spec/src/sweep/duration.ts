import { z } from "zod";

/** A length of time in whole units, largest first or not: `90m`, `1d12h`. */
export const Duration = z
  .string()
  .regex(/^([0-9]+(s|m|h|d))+$/)
  .describe("a duration such as 90m or 1d12h");

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Milliseconds of a `Duration`: the sum of its parts. */
export function durationMilliseconds(duration: string): number {
  const parts = [...duration.matchAll(/([0-9]+)([smhd])/g)];
  return parts.reduce((sum, [, count, unit = "s"]) => sum + Number(count) * (seconds[unit] ?? 0) * 1000, 0);
}
