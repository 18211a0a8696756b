import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { generatedFiles } from "./generated.ts";
import { sweepJsonSchema } from "./jsonschema.ts";

const corpus = new URL("../corpus/", import.meta.url);
const read = (folder: string) =>
  readdirSync(new URL(`${folder}/`, corpus)).map((file) => ({ file, text: readFileSync(new URL(`${folder}/${file}`, corpus), "utf8") }));
const documents = (text: string) => [parseAllDocuments(text, { merge: true })].flat().map((document) => document.toJS() as unknown);
const schema = z.fromJSONSchema(sweepJsonSchema());

describe("the JSON schema", () => {
  it.each(read("accept"))("accepts $file, defaults left out", ({ text }) => {
    for (const document of documents(text)) expect(schema.safeParse(document).error?.issues).toBeUndefined();
  });

  it.each([
    "unknown-field-in-spec",
    "misspelt-learning-rate",
    "field-of-another-strategy",
    "negative-learning-rate",
    "unknown-design",
    "capital-in-name",
    "second-document",
    "no-objective",
  ])("refuses %s.yaml", (name) => {
    const text = readFileSync(new URL(`reject/${name}.yaml`, corpus), "utf8");
    expect(documents(text).every((document) => schema.safeParse(document).success)).toBe(false);
  });

  it("is what the generated file holds, and says draft 7 for editors", () => {
    const text = generatedFiles()["manifests/sweep.schema.json"] ?? "";
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(sweepJsonSchema())));
    expect(sweepJsonSchema()["$schema"]).toBe("http://json-schema.org/draft-07/schema#");
  });
});
