import { sweepJsonSchema } from "./jsonschema.ts";

/** Files made from the schema: path from the repository's root → content. */
export function generatedFiles(): Record<string, string> {
  return { "manifests/sweep.schema.json": `${JSON.stringify(sweepJsonSchema(), null, 2)}\n` };
}
