import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { sha256 } from "@allot/spec";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { baseProvenance, gitFacts } from "./provenance.ts";

const { signal } = new AbortController();

describe("provenance", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "allot-origin-"));
  });
  afterEach(async () => rm(folder, { recursive: true, force: true }));

  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@example.org", ...args], { encoding: "utf8" }).trim();

  it("names the commit of the manifest's folder, and whether it was changed since", async () => {
    git("init", "--quiet");
    await writeFile(path.join(folder, "sweep.yaml"), "a");
    git("add", ".");
    git("commit", "--quiet", "--message", "one");
    const commit = git("rev-parse", "HEAD");
    expect(await gitFacts(folder, signal)).toEqual({ commit, dirty: false });
    await writeFile(path.join(folder, "sweep.yaml"), "b");
    expect(await gitFacts(folder, signal)).toEqual({ commit, dirty: true });
  });

  it("says nothing of git where there is no repository, and hashes the manifest", async () => {
    const provenance = await baseProvenance({ version: "1.2.3", manifest: { file: path.join(folder, "sweep.yaml"), text: "text" }, engine: "wasm", signal });
    expect(provenance).not.toHaveProperty("git");
    expect(provenance).toMatchObject({ allot: "1.2.3", manifest: sha256("text"), engine: { name: "wasm", version: "1.2.3" } });
    expect(provenance.lockfile).toMatch(/^[0-9a-f]{64}$/);
    expect(provenance.host["node"]).toBe(process.versions.node);
  });
});
