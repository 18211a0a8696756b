import { z } from "zod";
import { Study } from "./study/study.ts";
import { WrittenStudy } from "./study/written.ts";
import { Sweep } from "./sweep/sweep.ts";

/** The manifest's JSON schema (draft 7, which editors read), as a person writes it: fields with a default may be left out. */
export function sweepJsonSchema(): Record<string, unknown> {
  const study = z.toJSONSchema(Study, { target: "draft-7", io: "input" });
  delete study.$schema;
  const sweep = z.toJSONSchema(Sweep, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      if ((zodSchema as unknown) === WrittenStudy) Object.assign(jsonSchema, structuredClone(study));
    },
  });
  return { title: "Allot sweep", ...sweep };
}
