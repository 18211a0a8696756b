import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readSettings, type Settings } from "./settings.ts";

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allot-settings-"));
  file = join(folder, "lane-template.yaml");
});
afterAll(async () => rm(folder, { recursive: true }));

const read = (): Settings => readSettings({ ALLOT_LANE_IMAGE: "allot/worker:0.1.0", ALLOT_LANE_TEMPLATE: file }, "host");

it("starts with no lane template that it can't read", async () => {
  expect(read).toThrow(`${file}: ENOENT`);
  await writeFile(file, "[spec]");
  expect(read).toThrow(`${file}: expected a pod template as a YAML mapping`);
});

it("follows the lane template's file, and keeps the last that it could read", async () => {
  await writeFile(file, "spec: { priorityClassName: low }");
  const { defaults } = read();
  expect(defaults()).toEqual({ image: "allot/worker:0.1.0", lanes: 4, template: { spec: { priorityClassName: "low" } } });
  await writeFile(file, "spec: { priorityClassName: [ }");
  const { template, trouble } = defaults();
  expect(template).toEqual({ spec: { priorityClassName: "low" } });
  expect(trouble).toMatchObject({ reason: "LaneTemplateBroken", message: expect.stringContaining(file) });
  expect(trouble?.message).toContain("correct ConfigMap allot-lane-template");
  await writeFile(file, "spec: { priorityClassName: high }");
  expect(defaults()).toMatchObject({ template: { spec: { priorityClassName: "high" } } });
  expect(defaults()).not.toHaveProperty("trouble");
});
