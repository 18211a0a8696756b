/** How many times faster the engine is than each peer, as bars on a log axis around 1. */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { workloads } from "../workloads/workloads.ts";
import type { Speed } from "./speed.ts";
import { times } from "./tables.ts";
import { targetTrials } from "./targets.ts";

const colors: Readonly<Record<string, string>> = { JAX: "#3b6fb6", "torch bmm": "#c1502e", "torch vmap": "#e08e5b", "tfjs-node": "#7a7a7a" };

/** 1, 2 and 5 of each decade that the ratios and 1 span. */
function ticksWithin(ratios: readonly number[]): number[] {
  const [low, high] = [Math.min(1, ...ratios), Math.max(1, ...ratios)];
  const decades = Array.from({ length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) }, (_, i) => Math.floor(Math.log10(low)) + i);
  return decades.flatMap((decade) => [1, 2, 5].map((step) => Number(`${step}e${decade}`))).filter((tick) => tick >= low && tick <= high);
}

/** An SVG of the workloads with 64 trials; on paper of its own, as it is shown on pages of any colour. */
export function chart(speeds: readonly Speed[]): string {
  const measured = speeds.filter(({ trials }) => trials === targetTrials);
  const bars = measured.flatMap(({ workload, peer, rate }) => {
    const ours = measured.find((speed) => speed.workload === workload && speed.peer === "wasm");
    if (ours === undefined || peer === "wasm") return [];
    const ratio = ours.rate / rate;
    return [{ workload: workloads.find(({ name }) => name === workload)?.description ?? workload, peer, ratio, label: times(ratio) }];
  });
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const peers = [...new Set(bars.map(({ peer }) => peer))];
  const ticks = ticksWithin(bars.map(({ ratio }) => ratio));
  const figure = Plot.plot({
    document,
    className: "plot",
    width: 820,
    height: 60 + 22 * bars.length,
    marginLeft: 300,
    marginRight: 50,
    marginBottom: 44,
    style: { fontSize: "12px", fontFamily: "system-ui, sans-serif", color: "#222", backgroundColor: "#fff" },
    x: { type: "log", label: `trial-steps/s of wasm ÷ those of the peer, K = ${targetTrials}` },
    y: { label: null, domain: peers },
    fy: { label: null, domain: [...new Set(bars.map(({ workload }) => workload))], padding: 0.15 },
    color: { domain: peers, range: peers.map((peer) => colors[peer] ?? "#222") },
    facet: { marginLeft: 300 },
    marks: [
      Plot.gridX(ticks),
      Plot.axisX(ticks, { text: (ratio: number) => `${ratio}×` }),
      Plot.axisFy({ anchor: "left", dx: -90, lineWidth: 14 }),
      Plot.barX(bars, { fy: "workload", y: "peer", x1: 1, x2: "ratio", fill: "peer" }),
      Plot.text(bars, { fy: "workload", y: "peer", x: ({ ratio }) => Math.max(1, ratio), text: "label", textAnchor: "start", dx: 4 }),
      Plot.ruleX([1]),
    ],
  });
  figure.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return `${figure.outerHTML}\n`;
}
