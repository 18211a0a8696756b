import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { judge } from "./accept.ts";
import type { SweepObject } from "./objects.ts";
import { objectOf, sweepWith } from "./testing/sweeps.ts";

const corpus = new URL("../../packages/spec/corpus/", import.meta.url);
const filesIn = (folder: string) =>
  readdirSync(new URL(`${folder}/`, corpus)).map((file) => ({ file, text: readFileSync(new URL(`${folder}/${file}`, corpus), "utf8") }));
const saying = (text: string, name: string) => [...text.matchAll(new RegExp(`^# ${name}: (.*)$`, "gm"))].map((match) => match[1] ?? "");

/** The first document of a file, as an API server would have it. */
const objectIn = (text: string): SweepObject => {
  const [document = ""] = text.split(/^---$/m);
  const { metadata, ...rest } = parse(document, { merge: true });
  return { ...rest, metadata: { ...metadata, uid: "u", generation: 1 } };
};

/** How a word is written in YAML is not to be seen any more in what an API server holds. */
const asWritten = (text: string): boolean => /kubectl reads/.test(saying(text, "message")[0] ?? "");

describe("the controller's verdict on the corpus", () => {
  const accepted = filesIn("accept").map(({ file, text }) => ({
    file,
    text,
    later: ["unsupported", "cluster"].some((name) => saying(text.split(/^---$/m)[0] ?? "", name).length > 0),
  }));

  it.each(accepted.filter(({ later }) => later))("says of $file what is not supported yet", ({ text }) => {
    expect(judge(objectIn(text), undefined)).toMatchObject({ refused: { reason: "NotSupported" } });
  });

  it.each(accepted.filter(({ later }) => !later))("accepts $file, or asks for what only a cluster needs", ({ text }) => {
    const judged = judge(objectIn(text), undefined);
    const wants = "refused" in judged ? `${judged.refused.reason}: ${judged.refused.message}` : "accepted";
    expect(wants).toMatch(/^accepted$|^TooManyTrials: |^Invalid: .*trainer\.command/);
  });

  const semantic = filesIn("reject").filter(({ text }) => saying(text, "by")[0] === "semantics" && !/^---$/m.test(text) && !asWritten(text));
  it("has enough to refuse", () => expect(semantic.length).toBeGreaterThan(40));

  it.each(semantic)("refuses $file in the words of the laptop", ({ text }) => {
    const judged = judge(objectIn(text), undefined);
    const message = (saying(text, "message")[0] ?? "").replace(/^\d+:\d+: /, "");
    expect("refused" in judged && judged.refused.message).toContain(message);
  });
});

describe("a change of an accepted manifest", () => {
  const sweep = sweepWith();

  it.each([
    ["artifacts", { artifacts: { weights: "all" } }],
    ["execution", { execution: { lanes: 9 } }],
    ["budget", { budget: { failedTrials: 3 } }],
    ["suspend", { suspend: true }],
    ["ttlSecondsAfterFinished", { ttlSecondsAfterFinished: 60 }],
  ])("of %s is accepted", (_, spec) => expect(judge(objectOf(sweepWith(spec)), sweep)).toHaveProperty("sweep"));

  it.each([
    ["parameters", { parameters: [{ name: "arm", path: "seeds.order", values: [1, 2, 3] }] }],
    ["replicates", { replicates: { count: 7 } }],
    ["the study", { trainer: { study: { data: { kind: "sleep", seconds: 1 } } } }],
  ])("of %s is refused", (_, spec) => expect(judge(objectOf(sweepWith(spec)), sweep)).toMatchObject({ refused: { reason: "Immutable" } }));
});
