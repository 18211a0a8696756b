import { z } from "zod";
import { Study } from "../study/study.ts";
import { WrittenStudy } from "../study/written.ts";
import { SweepStatus } from "../sweep/status.ts";
import { SweepSpec } from "../sweep/sweep.ts";
import { descriptions } from "./descriptions.ts";
import { extensions, rules } from "./rules.ts";
import type { JsonSchema, Structural } from "./schema.ts";
import { structural } from "./structural.ts";

const group = "allot.dev";

/** The CustomResourceDefinition of sweeps, made from the schema that a laptop reads manifests with. */
export function sweepDefinition(): Record<string, unknown> {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `sweeps.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind: "Sweep", listKind: "SweepList", plural: "sweeps", singular: "sweep", shortNames: ["sw"], categories: ["all", "allot"] },
      versions: [
        {
          name: "v1alpha1",
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: annotated(sweepSchema(), "") },
        },
      ],
    },
  };
}

const columns = [
  { name: "Done", type: "string", jsonPath: ".status.progress", description: "Trials that ended, of all" },
  { name: "Running", type: "integer", jsonPath: ".status.trials.running" },
  { name: "Failed", type: "integer", jsonPath: ".status.trials.failed" },
  { name: "Best", type: "string", jsonPath: ".status.best.text", description: "The best arm's mean of the objective" },
  { name: "ETA", type: "string", jsonPath: ".status.estimatedCompletionTime" },
  { name: "Queue", type: "string", jsonPath: ".status.queue", priority: 1 },
  { name: "Reason", type: "string", jsonPath: ".status.reason", priority: 1 },
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
];

function sweepSchema(): Structural {
  const { default: _empty, ...spec } = structural(written(SweepSpec));
  return {
    type: "object",
    required: ["spec"],
    properties: { apiVersion: { type: "string" }, kind: { type: "string" }, metadata: { type: "object" }, spec, status: structural(written(SweepStatus)) },
  };
}

/** A study is kept as it was written, so the API server fills in nothing there. */
function written(schema: z.ZodType): JsonSchema {
  const study = withoutDefaults(z.toJSONSchema(Study, { target: "draft-7", io: "input" }) as JsonSchema);
  return z.toJSONSchema(schema, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      if ((zodSchema as unknown) === WrittenStudy) Object.assign(jsonSchema, study);
    },
  }) as JsonSchema;
}

function withoutDefaults(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (_key, value: unknown) => {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !("default" in value)) return value;
    const { default: _default, ...rest } = value;
    return rest;
  }) as JsonSchema;
}

/** Adds the rules and descriptions of every place. */
function annotated(schema: Structural, place: string): Structural {
  const own = [...(schema["x-kubernetes-validations"] ?? []), ...(rules[place] ?? [])];
  const description = descriptions[place];
  const within = (name: string) => (place === "" ? name : `${place}.${name}`);
  return {
    ...schema,
    ...extensions[place],
    ...(description === undefined ? {} : { description }),
    ...(own.length > 0 ? { "x-kubernetes-validations": own } : {}),
    ...(schema.properties
      ? { properties: Object.fromEntries(Object.entries(schema.properties).map(([name, inner]) => [name, annotated(inner, within(name))])) }
      : {}),
    ...(schema.items ? { items: annotated(schema.items, `${place}[]`) } : {}),
  };
}
