import { createSession } from "@allot/tensor";
import { expect, test } from "vitest";
import { setupOf } from "../testing/studies.ts";
import { chosenOf, fixedFingerprint, onlyChosenMoved } from "./fingerprint.ts";
import { planOf, sessionOptions } from "./plan.ts";
import { startOf } from "./start.ts";

const setup = setupOf({
  data: { kind: "linearRnnTeacher", steps: 3 },
  model: { kind: "linearRnn", hidden: 4, inputs: 1, outputs: 2 },
  allocation: { input: { strategy: "frozen" }, recurrent: { strategy: "rowScale" }, output: { strategy: "uniform", count: 3 } },
  optimizer: { kind: "gd", learningRate: 0.1, steps: 3 },
});
const plan = planOf([setup], undefined);
const start = startOf(plan.problem, setup);

const placed = () => ({ plan, session: createSession(sessionOptions(plan, { engine: "wasm", trials: 1 })), trial: 0, setup });

test.for(["input:fixed", "recurrent:fixed", "output:fixed", "output:mask"])("one changed bit of %s changes the fingerprint", (slot) => {
  const place = placed();
  const before = fixedFingerprint(place);
  place.session.view(slot, 0)[1] = -0;
  expect(fixedFingerprint(place)).not.toBe(before);
});

test.for(["recurrent:scale", "output:delta"])("%s may change and the fingerprint stays", (slot) => {
  const place = placed();
  const before = fixedFingerprint(place);
  place.session.view(slot, 0)[1] = 1;
  expect(fixedFingerprint(place)).toBe(before);
});

test("an entry outside the mask that moves is seen, one inside may", () => {
  const place = placed();
  const delta = place.session.view("output:delta", 0);
  const chosen = start.masks.get("output") ?? new Uint8Array();
  delta[chosen.indexOf(1)] = 1;
  expect(onlyChosenMoved(place, chosenOf(place, start))).toBe(true);
  delta[chosen.indexOf(0)] = 1e-30;
  expect(onlyChosenMoved(place, chosenOf(place, start))).toBe(false);
});
