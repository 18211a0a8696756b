import { afterEach, beforeEach, describe } from "vitest";
import { closeRules } from "./conformance/closing.ts";
import { controlRules } from "./conformance/control.ts";
import { eventRules } from "./conformance/events.ts";
import type { Current, TransportHarness } from "./conformance/harness.ts";
import { killRules } from "./conformance/killed-lanes.ts";
import { leaseRules } from "./conformance/leases.ts";
import { measurementRules } from "./conformance/measurements.ts";
import { queueRules } from "./conformance/queue.ts";

/**
 * What every adapter of `Transport` keeps, as tests of the port alone. Real time passes: choose a short lease.
 * @param make a fresh transport with nothing on its queue.
 */
export const transportConformance = (name: string, make: () => Promise<TransportHarness>): void => {
  describe(`${name} keeps the rules of Transport`, () => {
    let harness: TransportHarness;
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(async () => harness.close());
    const current: Current = () => harness;

    describe("queue", () => {
      queueRules(current);
    });
    describe("leases", () => {
      leaseRules(current);
    });
    describe("lanes that die", () => {
      killRules(current);
    });
    describe("measurements", () => {
      measurementRules(current);
    });
    describe("events", () => {
      eventRules(current);
    });
    describe("control", () => {
      controlRules(current);
    });
    describe("closing", () => {
      closeRules(current);
    });
  });
};
