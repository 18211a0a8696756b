import { globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));

/** Files of a package, tests aside, that import a module by name. */
const importers = (folder: string, module: string): string[] =>
  globSync(`${folder}/src/**/*.ts`, { exclude: (path) => /\.test\.ts$|\/testing(\/|$)/.test(path) }).filter((file) => {
    const text = readFileSync(file, "utf8");
    return [`from "${module}"`, `import("${module}")`].some((words) => text.includes(words));
  });

it.each([
  ["packages/kube", "@kubernetes/client-node"],
  ["packages/transport", "@nats-io/transport-node"],
  ["packages/transport", "@nats-io/jetstream"],
  ["packages/store", "@aws-sdk/client-s3"],
  ["controller", "prom-client"],
])("%s depends on %s and imports it", (folder, module) => {
  expect(Object.keys(manifestOf(folder).dependencies ?? {})).toContain(module);
  expect(importers(folder, module).length).toBeGreaterThan(0);
});

it.each([
  ["@kubernetes/client-node", "packages/kube"],
  ["@nats-io/transport-node", "packages/transport"],
  ["@aws-sdk/client-s3", "packages/store"],
  ["prom-client", "controller"],
])("all of %s goes through %s", (module, only) => {
  const elsewhere = ["controller", "worker", ...globSync("packages/*")].filter((folder) => folder !== only && importers(folder, module).length > 0);
  expect(elsewhere).toEqual([]);
});

it("the controller and the CLI reach Kubernetes through kube, lanes and controller NATS and S3 through transport and store", () => {
  for (const folder of ["controller", "packages/cli"]) expect(importers(folder, "@allot/kube").length).toBeGreaterThan(0);
  for (const folder of ["controller", "worker"])
    for (const port of ["@allot/transport", "@allot/store"]) expect(importers(folder, port).length).toBeGreaterThan(0);
});

it("the bindings of TensorFlow are the worker's to install where they are wanted, and of the release that its message names", () => {
  const { peerDependencies, peerDependenciesMeta } = manifestOf("worker");
  const [message, catalog] = ["worker/src/tensorflow.ts", "pnpm-workspace.yaml"].map((file) => readFileSync(file, "utf8"));
  const release = /release = "([^"]+)"/.exec(message!)?.[1];
  for (const name of ["@tensorflow/tfjs-node", "@tensorflow/tfjs-node-gpu"]) {
    expect(peerDependencies).toHaveProperty([name]);
    expect(peerDependenciesMeta).toMatchObject({ [name]: { optional: true } });
    expect(catalog).toContain(`"${name}": ${release}\n`);
    expect(message).toContain(`"${name}"`);
  }
});
