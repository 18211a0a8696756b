import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { expand } from "../packages/expansion/src/index.ts";
import { parseManifests, unsupported } from "../packages/spec/src/index.ts";

const manifests = "manifests/studies";
const files = readdirSync(manifests).filter((file) => file.endsWith(".yaml"));

describe.each(files)("manifests/studies/%s", (file) => {
  const sweeps = parseManifests(readFileSync(join(manifests, file), "utf8"), file);

  it("can be run as it is, and claims something in every sweep", () => {
    expect(sweeps.length).toBeGreaterThan(0);
    for (const sweep of sweeps) {
      expect(unsupported(sweep)).toEqual([]);
      expect(expand(sweep).claimed.length).toBeGreaterThan(0);
    }
  });
});

test("every study has a part that CI runs", () => {
  for (const file of files) expect(files).toContain(`${file.replace(/(\.ci)?\.yaml$/, "")}.ci.yaml`);
});

const sweep = (name: string, claim: string): string => `apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: ${name} }
spec:
  objective: { metric: train.nmse, direction: minimize }
  trainer:
    study:
      data: { kind: linearRnnTeacher, steps: 6 }
      model: { kind: linearRnn, hidden: 12, inputs: 1, outputs: 4 }
      allocation: { "*": { strategy: frozen }, output: { strategy: row, count: 24 } }
      objective: { task: markovNmse, matchBelow: 1.0e-10 }
      optimizer: { kind: leastSquares }
      dtype: f64
  parameters: [{ name: strategy, path: allocation.output.strategy, values: [row, spread] }]
  baseline: { strategy: row }
  replicates: { count: 8 }
  claims: [{ id: matches, metric: match, arms: [{ strategy: ${claim} }], reduce: every, comparator: "==", margin: 1 }]
`;

describe("pnpm studies", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "allot-studies-test-"));
    writeFileSync(join(folder, "readouts.ci.yaml"), sweep("spread", "spread"));
    writeFileSync(join(folder, "readouts.yaml"), sweep("rows", "row"));
    writeFileSync(join(folder, "others.ci.yaml"), sweep("others", "spread"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const studies = async (...args: string[]): Promise<{ code: number | null; out: string; err: string }> => {
    const child = spawn(process.execPath, ["tools/studies.ts", ...args, "--from", folder], { stdio: ["ignore", "pipe", "pipe"] });
    const said = { out: "", err: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
    return new Promise((resolve) => child.once("close", (code) => resolve({ code, ...said })));
  };

  it("--ci trains what CI runs, prints each claim's verdict, and ends well where all hold", async () => {
    const { code, out, err } = await studies("--ci");
    expect(err).toBe("");
    expect(out).toMatch(/^others\.ci\.yaml +others +matches +pass +every match: spread = 100 % +100 % +– +8$/m);
    expect(out).toMatch(/^readouts\.ci\.yaml +spread +matches +pass /m);
    expect(out).toContain("2 claims: 2 pass, 0 fail, 0 undecided\n");
    expect(code).toBe(0);
  });

  it("trains all of a study that is named, and ends with 6 where a claim does not hold", async () => {
    const { code, out } = await studies("readouts");
    expect(out).toMatch(/^readouts\.yaml +rows +matches +fail /m);
    expect(out).not.toContain("others");
    expect(out).toContain("2 claims: 1 pass, 1 fail, 0 undecided\n");
    expect(code).toBe(6);
  });

  it("says what there is where a name is unknown, and what is wrong with a manifest", async () => {
    expect(await studies("readout")).toMatchObject({ code: 2, err: expect.stringContaining('has no study "readout"; it has others, readouts') });
    writeFileSync(join(folder, "others.ci.yaml"), sweep("others", "sprad"));
    expect(await studies("others")).toMatchObject({ code: 2, err: expect.stringContaining('strategy has no value "sprad"') });
  });
});
