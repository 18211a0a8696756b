import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Instruction, restsOf, stagesOf } from "./dockerfile.ts";
import { makeImage } from "./images.ts";

const { version, devDependencies }: { version: string; devDependencies: { node: string } } = JSON.parse(readFileSync("package.json", "utf8"));

describe("the Dockerfile", () => {
  const stages = stagesOf("Dockerfile");

  it("stands on one pinned Node, of the major that the project runs on", () => {
    const bases = Object.values(stages).flatMap(({ base }) => (stages[base] ? [] : [base]));
    const pinned = stages["image"]?.base ?? "";
    expect(pinned).toMatch(new RegExp(`^node:${devDependencies.node.split(".")[0]}\\.\\d+\\.\\d+-\\w+-slim$`));
    expect(bases).toEqual([pinned.replace("-slim", ""), pinned]);
  });

  it.each([
    { target: "controller", bundle: "controller.mjs" },
    { target: "worker", bundle: "lane.mjs" },
  ])("has in its $target the bundle alone and starts it as nobody", ({ target, bundle }) => {
    const instructions: Instruction[] = [];
    for (let at = stages[target]; at; at = stages[at.base]) instructions.unshift(...at.instructions);
    const of = (name: string): string[] => restsOf(instructions, name);
    expect(of("COPY")).toEqual([`--from=bundle /allot/dist/${target} /app`]);
    expect(of("ADD")).toEqual([]);
    expect(of("RUN")).toEqual([]);
    expect(of("USER")).toEqual(["65532:65532"]);
    expect(of("ENTRYPOINT")).toEqual([`["node", "/app/${bundle}"]`]);
    expect(of("LABEL").join(" ")).toContain(`org.opencontainers.image.version="${version}"`);
    expect(of("LABEL").join(" ")).toContain(`org.opencontainers.image.title="Allot ${target}"`);
  });
});

/** Runs a program of an unpacked image with the image's own loader and libraries. */
const runIn = (root: string, program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): { status: number | null; said: string } => {
  const loader = join(root, "lib64/ld-linux-x86-64.so.2");
  const libraries = ["lib", "usr/lib"].map((folder) => join(root, folder, "x86_64-linux-gnu")).join(":");
  const { status, stdout, stderr } = spawnSync(loader, ["--inhibit-cache", "--library-path", libraries, join(root, program), ...args], {
    env,
    encoding: "utf8",
  });
  return { status, said: `${stdout}${stderr}` };
};

describe("an image made without Docker", () => {
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), "allot-images-"));
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  /** Makes an image and unpacks it. */
  const rootOf = async (name: string): Promise<{ root: string; config: Record<string, unknown> }> => {
    const archive = await makeImage(name, scratch);
    const [outer, root] = [mkdtempSync(join(scratch, "outer-")), mkdtempSync(join(scratch, "root-"))];
    execFileSync("tar", ["-xf", archive, "-C", outer]);
    execFileSync("tar", ["-xf", join(outer, "layer.tar"), "-C", root]);
    const [{ Config }] = JSON.parse(readFileSync(join(outer, "manifest.json"), "utf8"));
    return { root, config: JSON.parse(readFileSync(join(outer, Config), "utf8")).config };
  };

  it.each([
    {
      name: "controller",
      bundle: "/app/controller.mjs",
      files: ["controller.mjs"],
      ends: { status: 1, said: expect.stringContaining("ALLOT_LANE_IMAGE is not set") },
    },
    {
      name: "worker",
      bundle: "/app/lane.mjs",
      files: ["lane.mjs", "products.node"],
      ends: { status: 78, said: expect.stringContaining("ALLOT_STORE is not set") },
    },
  ])("allot/$name starts its bundle as nobody with the libraries that it brings", async ({ name, bundle, files, ends }) => {
    const { root, config } = await rootOf(`allot/${name}:${version}`);
    expect(config).toMatchObject({ Entrypoint: ["node", bundle], User: "65532:65532" });
    expect(runIn(root, "usr/local/bin/node", [join(root, bundle)])).toEqual(ends);
    expect(readdirSync(join(root, "app"))).toEqual(files);
  });

  it("allot/example-python trains with the library that it brings", async () => {
    const { root, config } = await rootOf(`allot/example-python:${version}`);
    expect(config).toMatchObject({ User: "65532:65532", WorkingDir: "/app" });
    const measurements = join(scratch, "measurements.jsonl");
    const env = { PYTHONHOME: join(root, "usr/local"), ALLOT_SEED: "1", ALLOT_MEASUREMENTS: measurements };
    mkdirSync(join(root, "tmp"));
    expect(runIn(root, "usr/local/bin/python3", [join(root, "app/command/train.py"), "--rate=0.1", "--ridge=0"], env)).toMatchObject({ status: 0 });
    expect(readFileSync(measurements, "utf8")).toContain('"validation.loss"');
  });

  it("is known by name", async () => {
    await expect(makeImage("allot/other:1", scratch)).rejects.toThrow("image allot/other:1: there are allot/controller");
  });
});
