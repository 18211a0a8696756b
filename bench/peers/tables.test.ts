import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { withMeasured } from "../document.ts";
import { chart } from "./chart.ts";
import type { Speed } from "./speed.ts";
import { speedPart, targetsPart } from "./tables.ts";
import { verdicts } from "./targets.ts";

const speed = (trials: number, peer: Speed["peer"], rate: number): Speed => ({ workload: "dln", trials, peer, rate, deviation: peer === "wasm" ? 0 : 2.2e-7 });
const speeds = [speed(1, "wasm", 60_000), speed(1, "JAX", 30_000), speed(64, "wasm", 61_000), speed(64, "JAX", 83_000), speed(64, "tfjs-node", 950)];
const jobs = [{ workload: "dln", trials: 64, ours: { wall: 4.5, cpu: 2.8 }, torch: { wall: 340, cpu: 202.8 } }];

describe("tables", () => {
  it("has a row for each workload and K, and a cell for each target", () => {
    expect(`${speedPart({ machine: "a machine:", speeds })}\n\n${targetsPart({ jobs, verdicts: verdicts({ speeds, jobs }) })}`).toMatchInlineSnapshot(`
      "a machine:

      | workload                             |   K |   wasm |    JAX | tfjs-node |
      | ------------------------------------ | --: | -----: | -----: | --------: |
      | deep linear net 16-32-32-8, batch 64 |   1 | 60,000 | 30,000 |           |
      |                                      |  64 | 61,000 | 83,000 |       950 |

      Largest relative difference between a peer's losses or movements and ours: 2e-7.

      | job | trials | CPU s | wall s | PyTorch CPU s | PyTorch wall s | CPU ratio |
      | --- | -----: | ----: | -----: | ------------: | -------------: | --------: |
      | dln |     64 |   2.8 |    4.5 |         202.8 |          340.0 |       72× |

      | ours, K = 64, against                  |                    dln |
      | -------------------------------------- | ---------------------: |
      | JAX, jit and vmap                      | 0.73× of 0.80×, missed |
      | tfjs-node, one trial after another     |             64× of 30× |
      | a PyTorch process per trial, whole job |             72× of 30× |"
    `);
  });

  it("leaves out what was not measured", () => {
    expect(targetsPart({ jobs: [], verdicts: [] })).toBe("");
  });
});

describe("withMeasured", () => {
  const command = "pnpm bench peers --write";
  const marks = [`<!-- measured by \`${command}\` -->`, "<!-- end -->"];
  const other = "<!-- measured by `pnpm bench others --write` -->\n<!-- end -->";

  it("replaces what stands after the mark of its command, however often", () => {
    const once = withMeasured(`before\n${marks.join("\nold\n")}\nafter\n${other}\n`, { command, measured: "new" });
    expect(once).toBe(`before\n${marks.join("\n\nnew\n\n")}\nafter\n${other}\n`);
    expect(withMeasured(once, { command, measured: "new" })).toBe(once);
  });

  it("says which mark is missing", () => {
    expect(() => withMeasured(other, { command, measured: "new" })).toThrow(
      "bench/README.md: there is no place for the tables: put <!-- measured by `pnpm bench peers --write` --> and",
    );
  });

  it("has its place in the README", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    expect(withMeasured(readme, { command, measured: "new" })).toContain("\n\nnew\n\n");
  });
});

describe("chart", () => {
  it("has a bar and its ratio for each peer at 64 trials, and is an image of its own", () => {
    const svg = chart(speeds);
    expect(svg).toMatch(/^<svg[^>]* xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg).toContain(">0.73×</text>");
    expect(svg).toContain(">64×</text>");
    expect(svg.match(/<rect/g)).toHaveLength(2);
  });
});
