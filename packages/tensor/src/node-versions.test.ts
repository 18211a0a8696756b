import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { goldenPrograms } from "./testing/golden-programs.ts";

const root = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "allot-node-"));
const bundle = join(folder, "golden.mjs");

const main = `
  import { createHash } from "node:crypto";
  import { goldenPrograms } from "./testing/golden-programs.ts";
  const hashes = { node: process.version };
  for (const [name, run] of Object.entries(goldenPrograms)) {
    const hash = createHash("sha256");
    run(hash);
    hashes[name] = hash.digest("hex");
  }
  process.stdout.write(JSON.stringify(hashes));
`;

beforeAll(async () => {
  const stdin = { contents: main, resolveDir: import.meta.dirname, loader: "ts" } as const;
  await build({ stdin, outfile: bundle, bundle: true, platform: "node", format: "esm", target: "node20" });
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("the same programs give the same bits", () => {
  const want: Record<string, string> = {};
  for (const [name, run] of Object.entries(goldenPrograms)) {
    const hash = createHash("sha256");
    run(hash);
    want[name] = hash.digest("hex");
  }

  // the packages node-20 and node-24 of the root are Node itself, for linux-x64
  const versions: [string, string, string][] = [
    ["20", "v20.", join(root, "node_modules/node-20/bin/node")],
    ["22", "v22.", join(root, "node_modules/.bin/node")],
    ["24", "v24.", join(root, "node_modules/node-24/bin/node")],
  ];
  it.each(versions)("on Node %s", (_, prefix, node) => {
    expect(existsSync(node), `${node} is missing: \`pnpm install\` brings it on linux-x64`).toBe(true);
    const got: unknown = JSON.parse(execFileSync(node, [bundle], { encoding: "utf8" }));
    expect(got).toEqual({ node: expect.stringContaining(prefix), ...want });
  });
});
