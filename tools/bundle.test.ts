import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build } from "../worker/src/build.ts";
import { type Bundle, makeBundle } from "./bundle.ts";

let folder: string;
beforeAll(() => {
  // Nothing to import from is near it.
  folder = mkdtempSync(join(tmpdir(), "allot-bundles-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

const node = (program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Ended => {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, env, encoding: "utf8", timeout: 30_000 });
  return { code: status, output: `${stdout}${stderr}` };
};

const bundleOf = async (bundle: Bundle): Promise<string> => makeBundle(bundle, folder);

describe("the controller's bundle", () => {
  it("is one file that runs where nothing is installed, with its clients inside", async () => {
    const controller = await bundleOf("controller/controller.mjs");
    expect(readdirSync(join(folder, "controller"))).toEqual(["controller.mjs"]);
    const unset = node(process.execPath, [controller]);
    expect(unset).toMatchObject({ code: 1, output: expect.stringContaining("ALLOT_LANE_IMAGE is not set") });
    // It gets as far as client-node, which looks for a cluster.
    const nowhere = node(process.execPath, [controller], { ALLOT_LANE_IMAGE: "image", ALLOT_HTTP_PORT: "0", HOME: folder });
    expect(nowhere).toMatchObject({ code: 1, output: expect.stringContaining("kubeconfig: there is none") });
  });
});

describe("the lane's bundle", () => {
  it("is one file that runs where nothing is installed, and installs itself where there is no Node either", async () => {
    const lane = await bundleOf("worker/lane.mjs");
    expect(readdirSync(join(folder, "worker"))).toEqual(["lane.mjs", "products.node"]);
    const unset = { code: 78, output: expect.stringContaining("ALLOT_STORE is not set") };
    expect(node(process.execPath, [lane])).toMatchObject(unset);
    const agent = join(folder, "agent");
    expect(node(process.execPath, [lane, "install", agent])).toEqual({ code: 0, output: "" });
    expect(readdirSync(agent)).toEqual(["lane.mjs", "node"]);
    expect(node(join(agent, "node"), [join(agent, "lane.mjs")])).toMatchObject(unset);
  });

  it("knows its version and lockfile, which are not beside it", async () => {
    // Long strings go on behind a backslash.
    const text = readFileSync(await bundleOf("worker/lane.mjs"), "utf8").replaceAll("\\\n", "");
    const { version, lockfile } = build();
    expect([version, lockfile].filter((fact) => !text.includes(`"${fact}"`))).toEqual([]);
  });
});
