import { type Probe as ProbeRule, probeMetrics } from "@allot/spec";
import type { Measured, Probe } from "./probe.ts";

export type TrajectoryRule = Extract<ProbeRule, { metric: string }>;
type Of<K extends TrajectoryRule["kind"]> = Extract<TrajectoryRule, { kind: K }>;

/** The first measurement at which a metric has reached a threshold. */
const reached = (measured: readonly Measured[], metric: string, o: { threshold: number; direction: "below" | "above" }): Measured | undefined =>
  measured.find(({ metrics }) => {
    const value = metrics[metric];
    return value !== undefined && (o.direction === "below" ? value <= o.threshold : value >= o.threshold);
  });

const valueAt = (rule: Of<"valueAt">, measured: readonly Measured[]): number | undefined =>
  measured.find(({ step }) => step === rule.step)?.metrics[rule.metric];

const stepsTo = (rule: Of<"stepsTo">, measured: readonly Measured[]): number | undefined => reached(measured, rule.metric, rule)?.step;

const matched = ({ metric, reference, threshold }: Of<"matched">, measured: readonly Measured[]): number | undefined =>
  reached(measured, reference, { threshold, direction: "below" })?.metrics[metric];

const finalOverMinimum = ({ metric }: Of<"finalOverMinimum">, measured: readonly Measured[]): number | undefined => {
  const values = measured.flatMap(({ metrics }) => metrics[metric] ?? []);
  const last = values.at(-1);
  return last === undefined ? undefined : last / Math.min(...values);
};

const valueOf = (rule: TrajectoryRule, measured: readonly Measured[]): number | undefined => {
  if (rule.kind === "valueAt") return valueAt(rule, measured);
  if (rule.kind === "stepsTo") return stepsTo(rule, measured);
  return rule.kind === "matched" ? matched(rule, measured) : finalOverMinimum(rule, measured);
};

/** A number made of what a trial measured on its way (studies.md 6.5: `matched`, `stepsTo`, `finalOverMin`). */
export const trajectory = (rule: TrajectoryRule): Probe => {
  const [name] = probeMetrics(rule);
  return {
    when: "end",
    measure: ({ measured }) => {
      const value = valueOf(rule, measured);
      return value === undefined ? {} : { [name!]: value };
    },
  };
};
