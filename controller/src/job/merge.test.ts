import { expect, it } from "vitest";
import { strategicMerge } from "./merge.ts";

const base = {
  spec: {
    nodeSelector: { pool: "a" },
    tolerations: [{ key: "old" }],
    containers: [
      { name: "lane", image: "one", env: [{ name: "A", value: "1" }] },
      { name: "side", image: "two" },
    ],
  },
};

it.each([
  ["fields merge", { spec: { nodeSelector: { disk: "ssd" } } }, { nodeSelector: { pool: "a", disk: "ssd" } }],
  ["null removes", { spec: { nodeSelector: null } }, { nodeSelector: undefined }],
  ["$patch: replace replaces", { spec: { nodeSelector: { $patch: "replace", disk: "ssd" } } }, { nodeSelector: { disk: "ssd" } }],
  ["lists without a key are replaced", { spec: { tolerations: [{ key: "new" }] } }, { tolerations: [{ key: "new" }] }],
  [
    "named things merge by name, others stay and new ones come last",
    {
      spec: {
        containers: [
          {
            name: "lane",
            env: [
              { name: "A", value: "2" },
              { name: "B", value: "3" },
            ],
          },
          { name: "third" },
        ],
      },
    },
    {
      containers: [
        {
          name: "lane",
          image: "one",
          env: [
            { name: "A", value: "2" },
            { name: "B", value: "3" },
          ],
        },
        { name: "side", image: "two" },
        { name: "third" },
      ],
    },
  ],
  ["$patch: delete removes a named thing", { spec: { containers: [{ name: "side", $patch: "delete" }] } }, { containers: [base.spec.containers[0]] }],
])("%s", (_, patch, spec) => {
  const before = structuredClone(base);
  expect((strategicMerge(base, patch) as typeof base).spec).toEqual({ ...base.spec, ...spec });
  expect(base).toEqual(before);
});
