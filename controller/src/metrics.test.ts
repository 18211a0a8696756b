import { join } from "node:path";
import { type Prometheus, startPrometheus } from "@allot/testbed";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Cluster } from "./testing/cluster.ts";
import { idleSweep } from "./testing/idle.ts";

let cluster: Cluster;
let prometheus: Prometheus;

beforeAll(async () => {
  cluster = await Cluster.start();
  const controller = await cluster.startController();
  const port = await cluster.until("its port", async () => /"port":(\d+)/.exec(controller.output())?.[1]);
  prometheus = await startPrometheus({ folder: join(cluster.folder, "prometheus"), targets: [`127.0.0.1:${port}`] });
});
afterAll(async () => {
  await prometheus?.stop();
  await cluster?.stop();
});

const query = async (expression: string): Promise<number | undefined> => (await prometheus.query(expression))[0]?.value;
/** Scraped every second: a figure may come a moment later. */
const shows = async (expression: string, value: number | undefined): Promise<unknown> =>
  cluster.until(`${expression} = ${value}`, async () => (await query(expression)) === value && "seen", 20);

it("Prometheus sees a sweep's trials, lanes, packs and points, adding up at every scrape, until the sweep is deleted", async () => {
  const sleeping = { trainer: { study: { data: { kind: "sleep", seconds: 0.02 } } } };
  await cluster.apply(idleSweep("watched", sleeping));
  expect(await shows('sum(allot_sweep_trials{namespace="default",sweep="watched"})', 100)).toBe("seen");
  await shows('allot_queue_packs{sweep="watched",state="queued"}', 8);
  await shows('allot_sweep_lanes{sweep="watched",state="wanted"}', 2);
  await shows('allot_trial_steps_total{sweep="watched"}', 0);
  const lane = await cluster.startLane("watched");
  await cluster.condition("watched", "Complete");
  expect(await lane.exited).toBe(0);
  await shows('allot_sweep_trials{sweep="watched",state="succeeded"}', 100);
  await shows('allot_sweep_lanes{sweep="watched",state="wanted"}', 0);
  await shows('allot_pack_seconds_count{sweep="watched"}', 8);
  expect(await query('allot_pack_seconds_sum{sweep="watched"}')).toBeGreaterThan(1.5);
  await shows('allot_measurements_total{sweep="watched"} >= bool 100', 1);
  await shows('allot_sweep_objective{sweep="watched",stat="replicates"}', 25);
  await shows('allot_reconcile_seconds_count{result="done"} > bool 0', 1);
  await shows("allot_workqueue_depth", 0);
  await shows('max_over_time(allot_trial_steps_total{sweep="watched"}[1m]) > bool 0', 1);
  // Every scrape so far: the least and the most that the states ever added up to.
  const sums = '(sum by (sweep) (allot_sweep_trials{sweep="watched"}))[1m:1s]';
  expect([await query(`min_over_time(${sums})`), await query(`max_over_time(${sums})`)]).toEqual([100, 100]);

  await cluster.controlPlane.kubectl(["delete", "sweep", "watched", "--timeout=30s"]);
  await shows('count({sweep="watched"})', undefined);
});
