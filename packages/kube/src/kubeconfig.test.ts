import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { openKube } from "./index.ts";

const config = {
  apiVersion: "v1",
  kind: "Config",
  clusters: [
    { name: "near", cluster: { server: "https://near.example:6443/" } },
    { name: "far", cluster: { server: "https://far.example/clusters/one" } },
  ],
  users: [{ name: "me", user: { token: "secret" } }],
  contexts: [
    { name: "near", context: { cluster: "near", user: "me" } },
    { name: "far", context: { cluster: "far", user: "me", namespace: "team" } },
    { name: "lost", context: { cluster: "gone", user: "me" } },
  ],
  "current-context": "near",
};

describe("opening", () => {
  let folder: string;
  let kubeconfig: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "allot-kubeconfig-"));
    kubeconfig = join(folder, "config");
    await writeFile(kubeconfig, JSON.stringify(config));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });
  afterAll(async () => rm(folder, { recursive: true }));

  it("takes the current context, or the one named, with its namespace", async () => {
    expect(await openKube({ kubeconfig })).toMatchObject({ server: "https://near.example:6443", namespace: "default" });
    expect(await openKube({ kubeconfig, context: "far" })).toMatchObject({ server: "https://far.example/clusters/one", namespace: "team" });
  });

  it("reads KUBECONFIG unless told a path", async () => {
    vi.stubEnv("KUBECONFIG", kubeconfig);
    expect((await openKube({ context: "far" })).namespace).toBe("team");
  });

  it("says what is wrong and what would be right", async () => {
    const missing = join(folder, "none");
    await expect(openKube({ kubeconfig: missing })).rejects.toThrow(`can't read ${missing}: ENOENT`);
    await expect(openKube({ kubeconfig, context: "nearby" })).rejects.toThrow(`${kubeconfig} has no context "nearby"; it has: near, far, lost`);
    await expect(openKube({ kubeconfig, context: "lost" })).rejects.toThrow(
      `has no cluster for its context "lost"; choose one of the contexts: near, far, lost`,
    );
    vi.stubEnv("KUBECONFIG", "");
    vi.stubEnv("HOME", folder);
    await expect(openKube()).rejects.toThrow("there is none, and no service account of a pod; set KUBECONFIG or give the path of a kubeconfig");
  });
});
