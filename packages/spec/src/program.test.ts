import { describe, expect, it } from "vitest";
import { durationMilliseconds, fillPlaceholders, issueText, pinnedDigest, programIssues, SweepSpec } from "./index.ts";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const specOf = (command: object): SweepSpec =>
  SweepSpec.parse({ objective: { metric: "validation.loss", direction: "minimize" }, trainer: { command: { args: ["train"], ...command } } });

describe("placeholders", () => {
  it.each([
    ["text as it is", ["{name}"], ["a b 'c'"]],
    ["numbers, lists and truth as JSON", ["{rate}", "{layers}", "{on}"], ["1e-7", "[8,8]", "true"]],
    ["several in one argument", ["--{name}={rate};{rate}"], ["--a b 'c'=1e-7;1e-7"]],
    ["doubled braces as braces", ['{{"rate": {rate}}}', "{{{rate}}}", "{{name}}"], ['{"rate": 1e-7}', "{1e-7}", "{name}"]],
  ])("gives %s", (_, args, want) => {
    expect(fillPlaceholders(args, { name: "a b 'c'", rate: 1e-7, layers: [8, 8], on: true })).toEqual(want);
  });

  it("never fills in what has no value", () => {
    expect(() => fillPlaceholders(["{rate}"], {})).toThrow("no value for the placeholder {rate}");
    expect(() => fillPlaceholders(["{toString}"], {})).toThrow("no value for the placeholder {toString}");
  });
});

describe("which program it is", () => {
  it.each<["laptop" | "cluster", string, object, string[]]>([
    ["laptop", "a version", { version: "1" }, []],
    ["laptop", "sources", { sources: ["train.py"] }, []],
    [
      "laptop",
      "an image alone",
      { image: `a@${digest}` },
      [
        "spec.trainer.command: nothing says which program this is, so no result could be told from an earlier one's: list the program's files in sources, or name its state in version (and change it whenever the program changes)",
      ],
    ],
    ["cluster", "an image by digest", { image: `a@${digest}` }, []],
    ["cluster", "an image by tag and a version", { image: "a:1", version: "1" }, []],
    [
      "cluster",
      "an image by tag",
      { image: "a:1", sources: ["train.py"] },
      [
        "spec.trainer.command.image: the tag of a:1 may be moved to another program: pin the image by its digest (name@sha256:…), or name the program's state in version",
      ],
    ],
    ["cluster", "no image", { version: "1" }, ["spec.trainer.command: missing image: lanes in a cluster run the program in it"]],
  ])("on a %s, with %s", (place, _, command, want) => {
    expect(programIssues(specOf(command), place).map(issueText)).toEqual(want);
  });

  it("is told by the digest of an image, never by its tag", () => {
    expect(pinnedDigest(`registry.example/a:1@${digest}`)).toBe(digest);
    expect(pinnedDigest("registry.example/a:1")).toBeUndefined();
  });
});

it.each([
  ["90s", 90_000],
  ["1h30m", 5_400_000],
  ["1d12h", 129_600_000],
])("%s is %d milliseconds", (text, want) => expect(durationMilliseconds(text)).toBe(want));
