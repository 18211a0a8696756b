import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { program } from "./build/programs.ts";
import type { Server } from "./process/server.ts";
import { startOnPorts } from "./process/server.ts";

export interface PrometheusOptions {
  readonly folder: string;
  /** What is scraped every second: `host:port`, or a URL with a path. */
  readonly targets: readonly string[];
}

/** One series of an instant query's answer. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Prometheus extends Server {
  readonly url: string;
  /** Answer of an instant query whose result is a vector; throws with Prometheus's words. */
  query(expression: string): Promise<Sample[]>;
}

/** A Prometheus that scrapes targets. */
export const startPrometheus = async ({ folder, targets }: PrometheusOptions): Promise<Prometheus> => {
  const command = await program("prometheus");
  await mkdir(folder, { recursive: true });
  const config = join(folder, "prometheus.yaml");
  await writeFile(config, JSON.stringify({ global: { scrape_interval: "1s" }, scrape_configs: targets.map(scrapeConfig) }));
  const server = await startOnPorts(1, ([port]) => ({
    name: "prometheus",
    folder,
    command,
    args: [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, "series")}`, `--web.listen-address=127.0.0.1:${port}`, "--log.level=warn"],
    ready: async (signal) => (await fetch(`http://127.0.0.1:${port}/-/ready`, { signal })).ok,
  }));
  const url = `http://127.0.0.1:${server.ports[0]}`;
  return Object.assign(server, { url, query: async (expression: string) => query(url, expression) });
};

const scrapeConfig = (target: string, index: number): object => {
  const { protocol, host, pathname } = new URL(target.includes("://") ? target : `http://${target}/metrics`);
  return { job_name: `target-${index}`, scheme: protocol.slice(0, -1), metrics_path: pathname, static_configs: [{ targets: [host] }] };
};

interface Answer {
  readonly error?: string;
  readonly data?: { readonly result: readonly { readonly metric: Record<string, string>; readonly value: readonly [number, string] }[] };
}

const query = async (url: string, expression: string): Promise<Sample[]> => {
  const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expression }).toString()}`, { signal: AbortSignal.timeout(10_000) });
  const { error, data } = (await response.json()) as Answer;
  if (data === undefined) throw new Error(`Prometheus refuses \`${expression}\`: ${error}`);
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
};
