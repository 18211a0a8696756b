import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const documents = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];
const looksLikePath = /^(?:packages|worker|controller|charts|manifests|bench|tools|testbed)\/[\w./-]*$|^\.(?:oxlintrc\.json|dependency-cruiser\.cjs)$/;

/** Paths in backquotes or links of a document. */
function paths(document: string): string[] {
  const text = readFileSync(document, "utf8");
  const quoted = [...text.matchAll(/`([^`\s]+)`/g), ...text.matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1] ?? "");
  return quoted.filter((path) => looksLikePath.test(path) || /^[A-Z]+\.md$/.test(path));
}

/** What runs each command of the README, and a text by which to find it there. */
const commands: Readonly<Record<string, { test: string; says: string }>> = {
  "sweep manifests/examples/allocation-strategies.yaml": { test: "packages/cli/src/examples.test.ts", says: '"run", example("allocation-strategies.yaml")' },
  "sweep manifests/examples/half-layers.yaml": { test: "packages/cli/src/examples.test.ts", says: '"run", example("half-layers.yaml")' },
  "allot data fetch mnist": { test: "packages/cli/src/data/download.test.ts", says: '"data", "fetch", "mnist"' },
  test: { test: ".ci/run", says: "pnpm@12.21.0 test" },
  "kubectl apply -k manifests/default": { test: "tools/install-node.test.ts", says: 'install: "manifests/default"' },
  "kubectl apply -f manifests/examples/half-layers.yaml": {
    test: "packages/cli/src/cluster/real-node.test.ts",
    says: 'example("half-layers.yaml"), "half-layers"',
  },
  "kubectl wait --for=condition=Complete sweep/half-layers --timeout=1h": {
    test: "packages/cli/src/cluster/real-node.test.ts",
    says: '"--for=condition=Complete"',
  },
  "allot report sweep/half-layers": { test: "packages/cli/src/cluster/real-node.test.ts", says: '"report", `sweep/${name}`' },
};

describe("README.md", () => {
  const fences = [...readFileSync("README.md", "utf8").matchAll(/```sh\n([^`]*)```/g)].flatMap((match) => (match[1] ?? "").trim().split("\n"));

  it("shows only commands that something runs", () => {
    expect(fences.length).toBe(8);
    for (const line of fences) {
      const { test, says } = commands[line.replace("npx --yes pnpm@12.21.0 ", "")] ?? { test: "README.md", says: `no test runs: ${line}` };
      expect(readFileSync(test, "utf8")).toContain(says);
    }
  });

  it("names scripts that exist", () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync("package.json", "utf8"));
    for (const line of fences.filter((text) => text.startsWith("npx"))) expect(Object.keys(scripts)).toContain(line.split(" ")[3]);
  });
});

describe.each(documents)("%s", (document) => {
  it("names only files that exist", () => {
    const named = paths(document);
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  });
});
