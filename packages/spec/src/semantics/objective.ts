import type { Issue } from "../issue.ts";
import { gpusOf } from "../prices.ts";
import { probeReads } from "../study/probes.ts";
import type { SweepSpec } from "../sweep/sweep.ts";
import { axesOf, type Path, wrong } from "./axes.ts";
import { metricFault } from "./metrics.ts";

const at = ["spec", "objective"];

/** Metrics are known, and what selects sees validation data only. */
export function objectiveIssues(spec: SweepSpec): Issue[] {
  const { metric, tradeoffs } = spec.objective;
  const names = [
    { metric, path: [...at, "metric"] },
    ...tradeoffs.map((tradeoff, index) => ({ metric: tradeoff.metric, path: [...at, "tradeoffs", index, "metric"] })),
  ];
  const unknown = names.flatMap(({ metric: name, path }) => {
    const fault = metricFault(spec, name);
    return fault === undefined ? [] : [wrong(path, fault, name)];
  });
  return [...unknown, ...(unknown.length > 0 ? [] : [...selectionIssues(spec), ...repeatedTradeoffs(spec), ...priceIssues(spec, names)])];
}

/** Whether a part of the data has to be held out: the sweep selects, or shows a `validation.*` metric, or a probe reads one. */
export function needsValidation(spec: SweepSpec): boolean {
  const { metric, tradeoffs } = spec.objective;
  const probed = (spec.trainer.study?.probes ?? []).flatMap(probeReads);
  return selectedBy(spec) !== undefined || [metric, ...tradeoffs.map((tradeoff) => tradeoff.metric), ...probed].some((name) => name.startsWith("validation."));
}

/** What makes the sweep choose among trained models; undefined when nothing is selected. */
function selectedBy(spec: SweepSpec): string | undefined {
  const tuned = axesOf(spec).find(({ role }) => role === "tuned");
  if (tuned) return `${tuned.members.map(({ parameter }) => parameter.name).join(" and ")} is tuned`;
  if (spec.stages.length > 0) return "stages choose which arms go on";
  return spec.stopping.rule === "none" ? undefined : `stopping: ${spec.stopping.rule} ends trials early`;
}

function selectionIssues(spec: SweepSpec): Issue[] {
  const { metric } = spec.objective;
  const why = selectedBy(spec);
  if (why === undefined || metric.startsWith("validation.")) return [];
  const reason = metric.startsWith("test.")
    ? "test data that chose a model can't judge it any more"
    : "only validation.* shows how a choice does on data it was not trained on";
  return [wrong([...at, "metric"], `selection can't see ${metric}: ${why}, and ${reason}; use a validation.* metric`, metric)];
}

function repeatedTradeoffs({ objective }: SweepSpec): Issue[] {
  const seen = new Set([objective.metric]);
  return objective.tradeoffs.flatMap(({ metric }, index) => {
    if (!seen.has(metric)) {
      seen.add(metric);
      return [];
    }
    return [wrong([...at, "tradeoffs", index, "metric"], `${metric} is already weighed: every metric once`, metric)];
  });
}

/** A cost that is asked for needs the price of what the lanes take; a program may report one of its own. */
function priceIssues({ trainer, execution }: SweepSpec, names: readonly { metric: string; path: Path }[]): Issue[] {
  const { prices, resources } = execution;
  const needed = gpusOf(resources) > 0 ? "gpuHour" : "cpuHour";
  if (trainer.command || prices[needed] !== undefined) return [];
  return names
    .filter(({ metric }) => metric === "cost")
    .map(({ metric, path }) =>
      wrong(path, `cost needs a price: set spec.execution.prices.${needed}, what an hour of one ${needed === "gpuHour" ? "GPU" : "CPU"} costs`, metric),
    );
}
