/** Who may import whom: one line per workspace package (ARCHITECTURE.md draws it). */
const allowed = {
  "packages/runtime": [],
  "packages/stats": [],
  "packages/tensor": [],
  "packages/spec": [],
  "packages/native": ["packages/tensor"],
  "packages/kube": ["packages/runtime"],
  "packages/expansion": ["packages/spec"],
  "packages/studies": ["packages/spec", "packages/tensor"],
  "packages/transport": ["packages/spec", "packages/runtime"],
  "packages/store": ["packages/runtime"],
  "packages/ledger": ["packages/spec", "packages/runtime", "packages/store"],
  "packages/stages": ["packages/spec", "packages/expansion", "packages/store", "packages/ledger", "packages/stats"],
  "packages/report": ["packages/spec", "packages/expansion", "packages/ledger", "packages/stages", "packages/stats"],
  worker: [
    "packages/spec",
    "packages/expansion",
    "packages/transport",
    "packages/store",
    "packages/ledger",
    "packages/stages",
    "packages/studies",
    "packages/tensor",
    "packages/native",
    "packages/runtime",
  ],
  controller: [
    "packages/spec",
    "packages/expansion",
    "packages/transport",
    "packages/store",
    "packages/ledger",
    "packages/stages",
    "packages/stats",
    "packages/kube",
    "packages/runtime",
  ],
  testbed: ["packages/runtime"],
  "packages/cli": [
    "packages/spec",
    "packages/expansion",
    "packages/transport",
    "packages/store",
    "packages/ledger",
    "packages/stages",
    "packages/stats",
    "packages/report",
    "packages/studies",
    "packages/tensor",
    "packages/kube",
    "packages/runtime",
    "worker",
    "controller",
  ],
};

/** Third-party and built-in modules of packages that must stay light or pure. */
const externals = {
  "packages/spec": "^(node:)?crypto$|node_modules/(zod|yaml|canonicalize|fastest-levenshtein)/",
  "packages/stats": "^$",
  "packages/tensor": "^$",
  "packages/expansion": "node_modules/@marcbachmann/cel-js/",
  "packages/studies": "^(node:)?zlib$|node_modules/ml-matrix/",
};

const tests = "\\.test\\.ts$|/conformance\\.ts$|/(testing|assembly|conformance)/";

const direction = Object.entries(allowed).map(([from, to]) => ({
  name: `direction-${from.split("/").at(-1)}`,
  severity: "error",
  comment: `${from} may import ${to.length > 0 ? to.join(", ") : "no other package"}`,
  from: { path: `^${from}/`, pathNot: tests },
  to: { path: "^(packages/[^/]+|worker|controller|testbed)/", pathNot: [`^${from}/`, ...to.map((target) => `^${target}/src/(index|conformance)\\.ts$`)] },
}));

const outside = Object.entries(externals).map(([from, modules]) => ({
  name: `externals-${from.split("/").at(-1)}`,
  severity: "error",
  from: { path: `^${from}/src/`, pathNot: tests },
  to: { pathNot: [modules, "^(packages|worker|controller|testbed)/"] },
}));

module.exports = {
  forbidden: [
    ...direction,
    ...outside,
    {
      name: "one-file-knows-nats",
      severity: "error",
      comment: "the adapter is to depend on what NATS does, in one place, and not on its client library",
      from: { pathNot: "^packages/transport/src/nats/connection\\.ts$" },
      to: { path: "node_modules/@nats-io/" },
    },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "no-unresolved", severity: "error", from: { pathNot: "/assembly/" }, to: { couldNotResolve: true } },
    { name: "no-test-imports", severity: "error", from: { pathNot: tests }, to: { path: "\\.test\\.ts$" } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "/generated/|/fixtures/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"], extensions: [".ts", ".js", ".mjs", ".cjs", ".json"] },
  },
};
