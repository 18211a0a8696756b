import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseManifests } from "../index.ts";
import type { SweepServer } from "../testing/api-server.ts";
import { startSweepServer } from "../testing/api-server.ts";

const corpus = new URL("../../corpus/", import.meta.url);
const filesIn = (folder: string) =>
  readdirSync(new URL(`${folder}/`, corpus)).map((file) => ({ file, text: readFileSync(new URL(`${folder}/${file}`, corpus), "utf8") }));
const saying = (text: string, name: string) => new RegExp(`^# ${name}: (.*)$`, "m").exec(text)?.[1];
/** The server takes one object at a time. */
const documentsOf = (text: string) => text.split(/^---$/m);

let server: SweepServer;
beforeAll(async () => {
  server = await startSweepServer();
}, 600_000);
afterAll(async () => server.stop());

/** What the server says of each document: nothing where it takes it. */
const refusals = async (text: string): Promise<string[]> => {
  const verdicts = await Promise.all(documentsOf(text).map(async (document) => server.create(document)));
  for (const { status } of verdicts) expect([201, 400, 422]).toContain(status);
  return verdicts.flatMap(({ status, body }) => (status === 201 ? [] : [body.message ?? ""]));
};

describe("an accepted manifest", () => {
  it.each(filesIn("accept"))("$file arrives through kubectl, and is filled in as zod does", async ({ file, text }) => {
    const lines = await server.kubectl(["create", "--dry-run=server", "--validate=strict", "-o", "jsonpath={.spec}{'\\n'}", "-f", "-"], text);
    expect(
      lines
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(parseManifests(text, file).map(({ spec }) => spec));
  });
});

describe("a rejected manifest", () => {
  const files = filesIn("reject").map(({ file, text }) => ({ file, text, by: saying(text, "by"), words: saying(text, "server") }));

  it.each(files.filter(({ by }) => by === "schema"))("$file is refused for its structure", async ({ text }) => {
    expect(await refusals(text)).toHaveLength(1);
  });

  it.each(files.filter(({ by, words }) => by === "semantics" && words === undefined))("$file is accepted, and left to the controller", async ({ text }) => {
    expect(await refusals(text)).toEqual([]);
  });

  it.each(files.filter(({ words }) => words !== undefined))("$file is refused by a rule: $words", async ({ text, words }) => {
    expect((await refusals(text)).join()).toContain(words);
  });
});
