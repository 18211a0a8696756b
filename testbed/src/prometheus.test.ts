import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@allot/runtime";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Prometheus, startPrometheus } from "./prometheus.ts";

const exporter = createServer((request, response) => {
  const own = request.url === "/own/path" ? 'lanes{sweep="b"} 2\n' : 'lanes{sweep="a"} 1\n';
  response.setHeader("content-type", "text/plain; version=0.0.4").end(own);
});

let folder: string;
let prometheus: Prometheus;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allot-prometheus-"));
  exporter.listen(0, "127.0.0.1");
  await once(exporter, "listening");
  const host = `127.0.0.1:${(exporter.address() as AddressInfo).port}`;
  prometheus = await startPrometheus({ folder, targets: [host, `http://${host}/own/path`] });
});
afterAll(async () => {
  await prometheus?.stop();
  exporter.close();
  await rm(folder, { recursive: true, force: true });
});

it("scrapes its targets and answers queries", async () => {
  const signal = AbortSignal.timeout(20_000);
  while ((await prometheus.query("lanes")).length < 2) await systemClock.sleep(100, { signal });
  expect(await prometheus.query("sum(lanes)")).toEqual([{ labels: {}, value: 3 }]);
  expect(await prometheus.query('lanes{sweep="b"}')).toMatchObject([{ labels: { sweep: "b", instance: expect.stringContaining("127.0.0.1") }, value: 2 }]);
  expect(await prometheus.query("nothing")).toEqual([]);
});

it("throws what Prometheus says of a wrong query", async () => {
  await expect(prometheus.query("lanes{")).rejects.toThrow(/refuses `lanes\{`: .*parse error/);
});
