import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Issue, issueText, ManifestError, parseManifests, Sweep, unsupported } from "./index.ts";

const corpus = new URL("../corpus/", import.meta.url);
const filesIn = (folder: string) =>
  readdirSync(new URL(`${folder}/`, corpus)).map((file) => ({ file, text: readFileSync(new URL(`${folder}/${file}`, corpus), "utf8") }));
/** The values of the comment lines `# name: value` at the head of a file. */
const saying = (text: string, name: string) => [...text.matchAll(new RegExp(`^# ${name}: (.*)$`, "gm"))].map((match) => match[1]);

const accepted = filesIn("accept");
const rejected = filesIn("reject").map(({ file, text }) => ({
  file,
  text,
  by: saying(text, "by")[0],
  message: saying(text, "message")[0],
  needs: saying(text, "needs")[0],
}));

function issuesOf(text: string, file: string): readonly Issue[] {
  try {
    parseManifests(text, file);
    return [];
  } catch (error) {
    if (error instanceof ManifestError) return error.issues;
    throw error;
  }
}

describe("the corpus", () => {
  it("has at least 30 accepted and 60 rejected manifests, each rejected one with who refuses it and the words", () => {
    expect(accepted.length).toBeGreaterThanOrEqual(30);
    expect(rejected.length).toBeGreaterThanOrEqual(60);
    for (const { file, by, message } of rejected)
      expect([file, ["schema", "semantics"].includes(by ?? ""), (message ?? "").length > 3]).toEqual([file, true, true]);
  });
});

describe("an accepted manifest", () => {
  it.each(accepted)("$file parses, and is answered `not supported yet` exactly where its head says so", ({ file, text }) => {
    expect(parseManifests(text, file).flatMap(unsupported).map(issueText)).toEqual(saying(text, "unsupported"));
  });

  it.each(accepted)("$file is the same after a way through JSON", ({ file, text }) => {
    for (const sweep of parseManifests(text, file)) expect(Sweep.parse(JSON.parse(JSON.stringify(sweep)))).toEqual(sweep);
  });
});

describe("a rejected manifest", () => {
  it.each(rejected.filter(({ needs }) => needs === undefined))("$file is refused by $by: $message", ({ file, text, by, message }) => {
    const [first] = issuesOf(text, file);
    expect(first && { by: first.by, message: issueText(first) }).toEqual({ by, message });
  });

  it.each(rejected.filter(({ needs }) => needs === undefined))("$file is pointed into at every fault", ({ file, text }) => {
    const lines = text.split("\n");
    for (const { line = 0, column = 0 } of issuesOf(text, file)) {
      expect(line).toBeGreaterThanOrEqual(1);
      expect(column).toBeGreaterThanOrEqual(1);
      expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
    }
  });

  it.each(rejected.filter(({ needs }) => needs === "expansion"))("$file is left to expansion", ({ file, text }) => {
    expect(issuesOf(text, file)).toEqual([]);
  });
});
