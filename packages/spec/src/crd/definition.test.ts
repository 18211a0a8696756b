import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { decisiveSpec, kubectlReading, parseManifests, Sweep, SweepSpec, SweepStatus } from "../index.ts";
import type { SweepServer } from "../testing/api-server.ts";
import { startSweepServer } from "../testing/api-server.ts";
import { sweepDefinition } from "./definition.ts";
import { descriptions } from "./descriptions.ts";
import { fixed, free } from "./rules.ts";
import type { Structural } from "./schema.ts";

let server: SweepServer;
beforeAll(async () => {
  server = await startSweepServer();
}, 600_000);
afterAll(async () => server.stop());

const study = { data: { kind: "mnist" }, model: { kind: "mlp", hidden: [64] }, optimizer: { kind: "adam", learningRate: 1e-3, epochs: 1 } };
const spec = {
  objective: { metric: "validation.accuracy", direction: "maximize" },
  trainer: { study },
  parameters: [{ name: "optimizer.learningRate", values: [1e-3, 1.5, { label: "half", value: { strategy: "frozen" } }] }],
  baseline: { "optimizer.learningRate": 1e-3 },
};
const sweep = (name: string, fields: object = {}) =>
  JSON.stringify({ apiVersion: "allot.dev/v1alpha1", kind: "Sweep", metadata: { name }, spec: { ...spec, ...fields } });
const apply = async (name: string, fields: object = {}) => server.kubectl(["apply", "-f", "-"], sweep(name, fields));
const patch = async (name: string, change: object, ...more: string[]) =>
  server.kubectl(["patch", "sweep", name, "--type=merge", "-p", JSON.stringify(change), ...more]);
const status = async (name: string, change: SweepStatus) => patch(name, { status: change }, "--subresource=status");
const explained = async () => server.kubectl(["explain", "sweep.spec.execution"]);
const started = "2026-01-31T12:00:00Z";

describe("the definition", () => {
  it("is established, and structural", async () => {
    const conditions = await server.kubectl(["get", "crd", "sweeps.allot.dev", "-o", "jsonpath={range .status.conditions[*]}{.type}={.status} {end}"]);
    expect(conditions.trim().split(" ").toSorted()).toEqual(["Established=True", "NamesAccepted=True"]);
  });

  it("has no description of a field that does not exist", () => {
    const [version] = (sweepDefinition()["spec"] as { versions: [{ schema: { openAPIV3Schema: Structural } }] }).versions;
    const places = new Set<string>();
    const walk = (schema: Structural | undefined, place: string): void => {
      if (!schema) return;
      places.add(place);
      for (const [name, inner] of Object.entries(schema.properties ?? {})) walk(inner, place === "" ? name : `${place}.${name}`);
      walk(schema.items, `${place}[]`);
    };
    walk(version.schema.openAPIV3Schema, "");
    expect(Object.keys(descriptions).filter((place) => !places.has(place))).toEqual([]);
    const undescribed = [...places].filter((place) => /^spec\.[a-zA-Z]+$/.test(place) && descriptions[place] === undefined);
    expect(undescribed).toEqual([]);
  });

  it("explains itself", { timeout: 60_000 }, async () => {
    // The server publishes its schemas a moment after it serves them.
    await expect.poll(explained, { timeout: 30_000, interval: 200 }).toContain("FIELDS:");
    const text = await explained();
    for (const words of ["lanes\t<integer>", "store\t<Object>", "The lanes' image; default: the install's."]) expect(text).toContain(words);
  });

  it("goes by sw, and is among all", async () => {
    const resources = await server.kubectl(["api-resources", "--api-group=allot.dev", "-o", "wide", "--no-headers"]);
    expect(resources).toMatch(/^sweeps +sw +allot\.dev\/v1alpha1 +true +Sweep .* all,allot/);
  });
});

describe("kubectl get", () => {
  it("shows how far a sweep is", async () => {
    await apply("columns");
    await status("columns", {
      startTime: started,
      progress: "7/10",
      trials: { total: 10, running: 2, failed: 1 },
      best: { arm: "half", mean: 0.974, replicates: 8, text: "0.974 ±0.003" },
      estimatedCompletionTime: "2026-01-31T13:00:00Z",
      queue: "gpus",
      reason: "Training",
    });
    const [head, row] = (await server.kubectl(["get", "sw", "columns"])).split("\n").map((line) => line.trim().split(/ {2,}/));
    expect(head).toEqual(["NAME", "DONE", "RUNNING", "FAILED", "BEST", "ETA", "AGE"]);
    expect(row?.slice(0, -1)).toEqual(["columns", "7/10", "2", "1", "0.974 ±0.003", "2026-01-31T13:00:00Z"]);
    const [wideHead, wideRow] = (await server.kubectl(["get", "sw", "columns", "-o", "wide"])).split("\n").map((line) => line.trim().split(/ {2,}/));
    expect(wideHead).toEqual(["NAME", "DONE", "RUNNING", "FAILED", "BEST", "ETA", "QUEUE", "REASON", "AGE"]);
    expect(wideRow?.slice(6, 8)).toEqual(["gpus", "Training"]);
  });
});

describe("a status", () => {
  it("is kept whole, and takes what the controller's type takes", async () => {
    await apply("status");
    const full: SweepStatus = SweepStatus.parse({
      observedGeneration: 1,
      conditions: [
        { type: "Accepted", status: "True", reason: "Valid", message: "the manifest is accepted", lastTransitionTime: started, observedGeneration: 1 },
      ],
      trials: { total: 1_000_000, pending: 999_990, running: 4, succeeded: 3, pruned: 2, failed: 1, dropped: 5 },
      progress: "6/1000000",
      lanes: { wanted: 8, active: 8, generation: 1 },
      best: { arm: "half", mean: 0.5, halfWidth: 0.25, replicates: 8, text: "0.5 ±0.25" },
      estimatedCompletionTime: started,
      results: "s3://bucket/default/status-0123abcd/",
      engine: "wasm",
      queue: "gpus",
      reason: "Training",
      startTime: started,
      completionTime: started,
    });
    await status("status", full);
    expect(JSON.parse(await server.kubectl(["get", "sweep", "status", "-o", "jsonpath={.status}"]))).toEqual(full);
  });

  it("is not written by who applies a manifest", async () => {
    await server.kubectl(["apply", "-f", "-"], JSON.stringify({ ...(JSON.parse(sweep("forged")) as object), status: { progress: "1/1" } }));
    expect(await server.kubectl(["get", "sweep", "forged", "-o", "jsonpath={.status}"])).toBe("");
  });
});

describe("what decides a sweep's trials", () => {
  const changes: Record<string, object> = {
    objective: { objective: { metric: "validation.loss", direction: "minimize" } },
    trainer: { trainer: { study: { ...study, model: { kind: "mlp", hidden: [128] } } } },
    parameters: { parameters: [{ name: "optimizer.learningRate", values: [1e-3, 1.5] }] },
    constraints: { constraints: ["true"] },
    design: { design: "oneFactorAtATime" },
    samples: { design: "random", samples: 3 },
    replicates: { replicates: { count: 9 } },
    stages: { stages: [{ name: "pilot" }] },
    stopping: { stopping: { rule: "median" } },
    baseline: { baseline: { "optimizer.learningRate": 1.5 } },
  };

  beforeEach(async () => {
    await server.kubectl(["delete", "sweep", "fixed", "--ignore-not-found"]);
    await apply("fixed");
  });

  it.each(Object.entries(changes))("%s may change until the sweep started, and never after", async (field, change) => {
    await apply("fixed", change);
    await apply("fixed");
    await status("fixed", { startTime: started });
    await expect(apply("fixed", change)).rejects.toThrow(new RegExp(`${field}.* can't be changed once the sweep has started: make a new sweep`));
  });

  it("may be applied again as it is, whatever the numbers look like", async () => {
    await status("fixed", { startTime: started });
    await server.kubectl(["apply", "-f", "-"], sweep("fixed").replace("[0.001,", "[1.0e-3,").replace('"epochs":1', '"epochs":1.0'));
    expect(await server.kubectl(["get", "sweep", "fixed", "-o", "jsonpath={.metadata.generation}"])).toBe("1");
  });

  it("is every field but those that the controller takes changes of", () => {
    expect([...fixed, ...free].toSorted()).toEqual(Object.keys(SweepSpec.shape).toSorted());
    const decisive = Object.keys(JSON.parse(decisiveSpec(Sweep.parse(JSON.parse(sweep("fixed"))))) as object);
    expect(decisive.filter((field) => !fixed.includes(field))).toEqual([]);
    expect(fixed.filter((field) => !decisive.includes(field))).toEqual(["samples"]);
  });

  it("is not what is claimed of them", async () => {
    const claim = { id: "c", metric: "validation.accuracy", comparator: ">" };
    await status("fixed", { startTime: started });
    for (const rate of [1e-3, 1.5]) await apply("fixed", { claims: [{ ...claim, arms: [{ "optimizer.learningRate": rate }] }] });
    expect(await server.kubectl(["get", "sweep", "fixed", "-o", "jsonpath={.spec.claims[0].arms}"])).toBe('[{"optimizer.learningRate":1.5}]');
  });

  it("leaves the rest free", async () => {
    await status("fixed", { startTime: started });
    await apply("fixed", {
      suspend: true,
      artifacts: { weights: "best" },
      budget: { trials: 5 },
      ttlSecondsAfterFinished: 60,
      execution: { lanes: 96, template: { metadata: { labels: { a: "b" } } } },
    });
    expect(await server.kubectl(["get", "sweep", "fixed", "-o", "jsonpath={.spec.execution.lanes} {.spec.suspend} {.metadata.generation}"])).toBe("96 true 2");
  });
});

describe("limits", () => {
  it.each([
    ["lanes", { execution: { lanes: 10_001 } }, "spec.execution.lanes"],
    ["replicates", { replicates: { count: 1_000_001 } }, "spec.replicates.count"],
    ["trials", { budget: { trials: 1_000_000_000_001 } }, "spec.budget.trials"],
    ["probes", { trainer: { study: { ...study, probes: Array.from({ length: 33 }, () => ({ kind: "jacobian" })) } } }, "spec.trainer.study.probes"],
    ["parameters", { parameters: Array.from({ length: 129 }, (_, i) => ({ name: `p${i}`, values: [1] })) }, "spec.parameters"],
  ])("there are so many %s", async (_name, fields, words) => {
    await expect(apply("limits", fields)).rejects.toThrow(words);
  });

  it("a name leaves room for its pods'", async () => {
    await expect(apply("a".repeat(52))).resolves.toContain("created");
    await expect(apply("a".repeat(53))).rejects.toThrow("at most 52 lower-case letters, digits and hyphens");
    await expect(apply("dotted.name")).rejects.toThrow("at most 52 lower-case letters, digits and hyphens");
  });

  it("a parameter of 1,000 labelled values and 128 parameters fit", async () => {
    const labelled = Array.from({ length: 1000 }, (_, i) => ({
      label: `value ${i}`,
      value: { strategy: "uniform", fraction: i / 1000, fixed: { distribution: "normal" } },
    }));
    const others = Array.from({ length: 127 }, (_, i) => ({ name: `seeds.p${i}`, values: [1, 2, 3] }));
    await apply("wide", { parameters: [{ name: "allocation.layer.0", values: labelled }, ...others], baseline: { "allocation.layer.0": "value 0" } });
    expect(JSON.parse(await server.kubectl(["get", "sweep", "wide", "-o", "jsonpath={.spec.parameters[0].values}"]))).toEqual(labelled);
    await status("wide", { startTime: started });
    await expect(apply("wide", { parameters: others })).rejects.toThrow("can't be changed");
  });
});

describe("YAML through kubectl", () => {
  const manifests = new URL("../../../../manifests/", import.meta.url);
  const files = ["examples", "studies"].flatMap((folder) => readdirSync(new URL(`${folder}/`, manifests)).map((file) => `${folder}/${file}`));

  it.each(files.filter((file) => file.endsWith(".yaml")))("%s arrives as the laptop reads it", async (file) => {
    const text = readFileSync(new URL(file, manifests), "utf8");
    const written = await server.kubectl(["create", "--dry-run=server", "--validate=strict", "-o", "jsonpath={.spec}{'\\n'}", "-f", "-"], text);
    expect(
      written
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(parseManifests(text, file).map((one) => one.spec));
  });

  const words =
    "on off yes no y n Yes TRUE True tRue ~ 012 0o12 0x1F 0X1F 0b11 1_000 1e3 1e-3 1.0e-3 1.e3 .5 +1 -.5 1. 1:30 2026-01-01 1_0.5 1e+3 0.0 -0.0 1.0 1E5 08 0.1e1 = 0o8 0777 +.5 + 1__0 0_1 0x1_F ON N Y NO Off oN _1 1_ 1e1_0 0b 0x +0x1F -0o12 -012 00 0.1_1 -0 null Null none auto 64";

  it("differs exactly where the laptop says so", async () => {
    const head = sweep("words", { parameters: [] });
    const lines = words.split(" ").map((word) => `      - { label: x, value: ${word} }`);
    const text = stringify(JSON.parse(head))
      .replace("  parameters: []\n", "")
      .replace(/ {2}baseline:\n.*\n/, "");
    const written = await server.kubectl(
      ["create", "--dry-run=server", "-o", "jsonpath={.spec.parameters[0].values}", "-f", "-"],
      `${text}  parameters:\n    - name: a\n      values:\n${lines.join("\n")}\n`,
    );
    const there = (JSON.parse(written) as { value: unknown }[]).map(({ value }) => value);
    words.split(" ").forEach((word, index) => {
      const value = there[index];
      const told = kubectlReading(word);
      // What kubectl takes for a number or a boolean of its own; `true`, `null` and text are everybody's.
      const own = typeof value === "number" || (typeof value === "boolean" && !/^true$/i.test(word));
      expect([word, typeof told === "number" ? told + 0 : told]).toEqual([word, own ? value : undefined]);
    });
  });
});
