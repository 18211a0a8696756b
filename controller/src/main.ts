import os from "node:os";
import { lead, openKube } from "@allot/kube";
import { jsonLog, systemClock } from "@allot/runtime";
import { Controller } from "./controller.ts";
import { serveHttp } from "./http.ts";
import { Metrics } from "./metrics.ts";
import { readSettings } from "./settings.ts";

const leaseName = "allot-controller";

/** The controller's process: answers probes and scrapes at once, and works while it holds the Lease. */
const main = async (): Promise<void> => {
  const ending = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => ending.abort());
  const { signal } = ending;
  const log = jsonLog({ clock: systemClock, write: (line) => void process.stdout.write(line) });
  const settings = readSettings(process.env, os.hostname());
  const kube = await openKube();
  const metrics = new Metrics();
  let reached = false;
  const port = await serveHttp({ port: settings.httpPort, metrics, ready: () => reached, signal });
  await kube.request("/version", { signal });
  reached = true;
  log.info("started", { server: kube.server, port, instance: settings.instance });
  await lead({
    kube,
    lease: { namespace: settings.leaseNamespace ?? kube.namespace, name: leaseName },
    identity: settings.instance,
    clock: systemClock,
    signal,
    onError: (error) => log.warn("the Lease can't be had or renewed; it is tried again", { error: error instanceof Error ? error.message : String(error) }),
    onLeader: (leader) => log.info("leader", { leader: leader ?? "none" }),
    work: async (leading) => {
      const { install, defaults, instance } = settings;
      await new Controller({ kube, clock: systemClock, log, metrics, install, defaults, instance }).run({ signal: leading });
    },
  });
  kube.close();
};

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
