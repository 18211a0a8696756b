import { describe, expect, it } from "vitest";
import { checkSweep, type Issue, ManifestError, manifestError, parseManifests, writtenManifest } from "./index.ts";

const manifest = (name: string, rest = "") => `apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: ${name} }
spec:
  objective: { metric: validation.loss, direction: minimize }
  trainer: { study: { data: { kind: sleep } } }
${rest}`;

function refusal(text: string): ManifestError {
  try {
    parseManifests(text, "m.yaml");
  } catch (error) {
    if (error instanceof ManifestError) return error;
    throw error;
  }
  throw new Error("accepted");
}

describe("parseManifests", () => {
  it("reads every document of a file, in order, and skips empty ones", () => {
    const text = `---\n${manifest("a")}---\n# only a comment\n---\n${manifest("b")}`;
    expect(parseManifests(text, "m.yaml").map(({ metadata }) => metadata.name)).toEqual(["a", "b"]);
  });

  it("reports the faults of all documents at once, by position, one a line", () => {
    const error = refusal(`${manifest("a", "  desgin: full\n  samples: many\n")}---\n${manifest("b", "  suspend: 1\n")}`);
    expect(error.message.split("\n").map((line) => line.split(": ").slice(0, 2).join(": "))).toEqual([
      "m.yaml:7:3: spec.desgin",
      "m.yaml:8:12: spec.samples",
      "m.yaml:16:12: spec.suspend",
    ]);
    expect(error.issues.map(({ value }) => value)).toEqual(["full", "many", 1]);
  });

  it("points at the place of an alias, not at what it stands for", () => {
    const error = refusal(manifest("a", "  budget: { trials: &count -1 }\n  samples: *count\n"));
    expect(error.issues.map(({ path, line, column }) => [path.join("."), line, column])).toEqual([
      ["spec.budget.trials", 7, 28],
      ["spec.samples", 8, 12],
    ]);
  });

  it("takes numbers as YAML 1.2 has them", () => {
    const [sweep] = parseManifests(manifest("a", "  parameters: [{ name: data.seconds, values: [1e-3, 0.2, 3, 0x10] }]\n"), "m.yaml");
    expect(sweep?.spec.parameters[0]).toMatchObject({ values: [0.001, 0.2, 3, 16] });
  });

  it("refuses aliases that multiply without measure", () => {
    const levels = Array.from(
      { length: 12 },
      (_unused, level) => `  l${level}: &l${level} [${Array.from({ length: 10 }, () => (level === 0 ? "x" : `*l${level - 1}`)).join(", ")}]`,
    );
    expect(refusal(manifest("a", `${levels.join("\n")}\n`)).message).toContain("not valid YAML");
  });

  it("keeps a study as it is written, so that defaults are those of the values set later", () => {
    const text = manifest("a").replace(
      "{ data: { kind: sleep } }",
      "{ data: { kind: mnist }, model: { kind: mlp }, optimizer: { kind: gd, learningRate: 0.1, steps: 1 }, allocation: { layer.0: { strategy: full } } }",
    );
    expect(parseManifests(text, "m.yaml")[0]?.spec.trainer.study?.allocation).toEqual({ "layer.0": { strategy: "full" } });
  });
});

describe("manifestError", () => {
  const issue: Issue = { path: ["spec", "constraints", 0], message: "too strict", by: "semantics" };

  it("points into the file the sweep came from", () => {
    const [sweep] = parseManifests(manifest("a", '  constraints: [ "1 > 2" ]\n'), "m.yaml");
    expect(sweep && manifestError(sweep, [issue]).message).toBe("m.yaml:7:18: spec.constraints[0]: too strict");
  });

  it("does without a position where the sweep came as JSON", () => {
    const checked = checkSweep({
      apiVersion: "allot.dev/v1alpha1",
      kind: "Sweep",
      metadata: { name: "a" },
      spec: { objective: { metric: "a", direction: "minimize" }, trainer: { study: { data: { kind: "sleep" } } } },
    });
    expect("sweep" in checked && manifestError(checked.sweep, [issue]).message).toBe("manifest: spec.constraints[0]: too strict");
  });
});

describe("writtenManifest", () => {
  it("is what the author wrote, anchors and merges filled in, and no default", () => {
    const [sweep] = parseManifests(manifest("a", "  budget: &few { trials: 3 }\n  execution: { resources: { limits: { <<: *few } } }\n"), "m.yaml");
    expect(sweep && writtenManifest(sweep)).toEqual({
      apiVersion: "allot.dev/v1alpha1",
      kind: "Sweep",
      metadata: { name: "a" },
      spec: {
        objective: { metric: "validation.loss", direction: "minimize" },
        trainer: { study: { data: { kind: "sleep" } } },
        budget: { trials: 3 },
        execution: { resources: { limits: { trials: 3 } } },
      },
    });
  });
});

describe("checkSweep", () => {
  it.each([
    ["nothing", undefined, "missing: expected a mapping with apiVersion, kind, metadata, spec"],
    ["text", "sweep", 'expected a mapping with apiVersion, kind, metadata, spec, got "sweep"'],
    ["null", null, "expected a mapping with apiVersion, kind, metadata, spec, got null"],
  ])("answers %s with an issue", (_name, value, message) => {
    expect(checkSweep(value)).toMatchObject({ issues: [{ path: [], message, by: "schema" }] });
  });
});
