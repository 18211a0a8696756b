import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { systemClock } from "@allot/runtime";
import { inProcessTransport } from "@allot/transport";
import { expect, it } from "vitest";
import { exitCodes } from "../exit.ts";
import { Crew, type LaneNews } from "./crew.ts";

it("ends a run whose lanes are started wrongly, with what they said", async () => {
  const root = await mkdtemp(path.join(os.tmpdir(), "allot-crew-"));
  const transport = inProcessTransport({ clock: systemClock, leaseMilliseconds: 60_000 });
  const news: LaneNews[] = [];
  const crew = new Crew({
    transport,
    lanes: 1,
    clock: systemClock,
    hasWorked: () => false,
    onLane: (one) => news.push(one),
    launch: {
      root,
      sweep: "nothing-00000000",
      reuse: false,
      program: undefined,
      lanes: {},
      packing: "auto",
      memoryBytes: 1e9,
      infrastructureRetries: 0,
      heartbeatMilliseconds: 1000,
      provenance: { allot: "0", lockfile: "none", manifest: "none", engine: { name: "wasm", version: "0", numerics: 1 }, host: {} },
    },
  });
  const failure: unknown = await crew.join().catch((error: unknown) => error);
  await rm(root, { recursive: true, force: true });
  expect(failure).toMatchObject({ code: exitCodes.failed });
  expect(String(failure)).toContain("no manifest.json in");
  expect(news.map(({ state }) => state)).toEqual(["started", "died"]);
  expect(transport.control.get()).toBe("stop");
});
