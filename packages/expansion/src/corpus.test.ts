import { readdirSync, readFileSync } from "node:fs";
import { ManifestError, parseManifests } from "@allot/spec";
import { describe, expect, test } from "vitest";
import { expand } from "./expand.ts";
import { planPacks } from "./packs.ts";
import { simpleCosts } from "./testing/costs.ts";

const corpus = new URL("../../spec/corpus/", import.meta.url);

function manifests(folder: "accept" | "reject"): { name: string; text: string }[] {
  const names = readdirSync(new URL(`${folder}/`, corpus)).filter((name) => name.endsWith(".yaml"));
  return names.map((name) => ({ name, text: readFileSync(new URL(`${folder}/${name}`, corpus), "utf8") }));
}

/** Designs that are parsed and not executed yet. */
const later = /^\s+design: (leaveOneOut|pairs|random)/m;
const accepted = manifests("accept");
const runnable = accepted.filter(({ text }) => !later.test(text));
const refused = manifests("reject").filter(({ text }) => text.includes("# needs: expansion"));

test("the corpus is there", () => {
  expect(accepted.length).toBeGreaterThanOrEqual(30);
  expect(runnable.length).toBeGreaterThanOrEqual(30);
  expect(refused.length).toBeGreaterThanOrEqual(10);
});

describe("accepted manifests expand, and every trial looked at, copies apart, is found again", () => {
  test.each(runnable)("$name", ({ name, text }) => {
    for (const sweep of parseManifests(text, name)) {
      const expansion = expand(sweep, { costs: simpleCosts });
      expect(expansion.trials).toBeGreaterThan(0);
      for (let sample = 0; sample < 50; sample++) {
        const index = Math.floor((sample * expansion.blocks[0]!.trials) / 50);
        const { labels, replicate, arm } = expansion.trialAt(index);
        expect(expansion.indexOf(labels, replicate)).toBe(index);
        expect(expansion.armAt(expansion.controlOf(arm)).baseline).toBe(true);
      }
      const { classes } = planPacks(expansion, { lanes: 2 });
      expect(classes.reduce((trials, one) => trials + one.trials, 0)).toBe(expansion.trials);
    }
  });
});

describe("designs that come later say so", () => {
  test.each(accepted.filter(({ text }) => later.test(text)))("$name", ({ name, text }) => {
    expect(() => parseManifests(text, name).map((sweep) => expand(sweep))).toThrow(/not supported yet/);
  });
});

describe("rejected manifests that only expansion can refuse", () => {
  test.each(refused)("$name", ({ name, text }) => {
    const expected = [...text.matchAll(/^# message: (?<message>.*)$/gm)].map((match) => match.groups!["message"]!);
    const sweeps = parseManifests(text, name);
    const error = refusal(() => sweeps.map((sweep) => expand(sweep)));
    for (const { by, line } of error.issues) {
      expect(text).toContain(`# by: ${by}`);
      expect(line).toBeGreaterThan(0);
    }
    expect(expected.length).toBeGreaterThan(0);
    for (const message of expected) expect(error.message).toContain(message);
  });
});

function refusal(action: () => unknown): ManifestError {
  try {
    action();
  } catch (error) {
    if (error instanceof ManifestError) return error;
    throw error;
  }
  throw new Error("the manifest was accepted");
}
