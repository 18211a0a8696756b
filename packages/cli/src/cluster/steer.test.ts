import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { said, TestCluster } from "../testing/cluster.ts";
import { say } from "../testing/terminal.ts";
import { makeWorkspace, sleepManifest } from "../testing/workspace.ts";

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await TestCluster.start();
}, 600_000);
afterAll(async () => cluster.stop());

const manifest = (name: string, extra = ""): string => sleepManifest({ name, seconds: 0, arms: 2, extra });
const running = {
  conditions: [said("Accepted", "True", "Valid"), said("Progressing", "True", "LanesRunning"), said("Stalled", "False", "None")],
  trials: { total: 16, pending: 10, running: 2, succeeded: 3, pruned: 0, failed: 1, dropped: 0 },
  progress: "4/16",
  lanes: { wanted: 2, active: 1, generation: 1 },
  best: { arm: "data.seconds=0", mean: 0.5, replicates: 3, text: "0.5 ±0.1" },
  results: "s3://results/allot/lab/demo-12345678/",
};
const complete = {
  ...running,
  conditions: [said("Accepted", "True", "Valid"), said("Complete", "True", "AllTrialsEnded", "15 trials succeeded, 0 were pruned, 1 failed")],
  trials: { ...running.trials, pending: 0, running: 0, succeeded: 15 },
};
const stalled = {
  ...running,
  conditions: [
    said("Accepted", "True", "Valid"),
    said("Progressing", "False", "NoSuchBucket"),
    said("Stalled", "True", "BucketNotFound", 'bucket "reslts" does not exist: create it'),
  ],
};

const steer = async (...args: string[]) => cluster.say([...args, "-n", "steered"]);
const spec = async () => (await cluster.sweep("steered", "demo")).spec as { suspend: boolean; execution: { lanes: number } };

describe("without Allot in the cluster", () => {
  it("says how to install it", async () => {
    await cluster.write("demo.yaml", manifest("demo"));
    for (const args of [["apply", "demo.yaml"], ["list"], ["watch"], ["pause", "demo"]]) {
      const { code, err } = await cluster.say(args);
      expect(err).toContain("kubectl apply -k manifests/default");
      expect(code).toBe(5);
    }
  });

  it("says which cluster can't be reached, and which kubeconfig can't be read", async () => {
    const away = await cluster.controlPlane.kubeconfigFor({ server: "https://127.0.0.1:1" });
    const unreached = await cluster.say(["list", "--context", "nowhere"]);
    expect(unreached).toMatchObject({ code: 2, err: expect.stringContaining('has no context "nowhere"') });
    expect(await say(["list", "--kubeconfig", away], { cwd: "/" })).toMatchObject({ code: 5, err: expect.stringContaining("https://127.0.0.1:1") });
    expect(await say(["list", "--kubeconfig", "absent"], { cwd: "/" })).toMatchObject({ code: 2, err: expect.stringContaining("/absent") });
  });
});

describe("with Allot in the cluster", () => {
  beforeAll(async () => {
    await cluster.install();
    await cluster.namespace("lab");
    await cluster.namespace("other");
  });

  describe("apply", () => {
    it("creates, leaves and changes a sweep with the words of its author alone", async () => {
      await cluster.write("demo.yaml", manifest("demo"));
      expect(await cluster.say(["apply", "demo.yaml", "-n", "lab", "--dry-run"])).toMatchObject({
        code: 0,
        out: expect.stringContaining("created in namespace lab, 16 trials (dry run"),
      });
      expect(await cluster.say(["list", "-n", "lab"])).toMatchObject({ code: 0, out: "", err: expect.stringContaining("no sweeps in namespace lab") });
      expect((await cluster.say(["apply", "demo.yaml", "-n", "lab"])).out).toBe("demo: created in namespace lab, 16 trials\n");
      expect((await cluster.say(["apply", "demo.yaml", "-n", "lab"])).out).toBe("demo: unchanged in namespace lab, 16 trials\n");
      await cluster.write("demo.yaml", manifest("demo", "  execution: { lanes: 3 }\n"));
      expect((await cluster.say(["apply", "demo.yaml", "-n", "lab", "--dry-run"])).out).toContain("changed");
      expect((await cluster.say(["apply", "demo.yaml", "-n", "lab"])).out).toBe("demo: changed in namespace lab, 16 trials\n");
      const { metadata } = await cluster.sweep("lab", "demo");
      const ours = (metadata.managedFields as { manager: string; fieldsV1: { "f:spec": object } }[]).find(({ manager }) => manager === "allot-cli");
      const written = ["f:baseline", "f:execution", "f:objective", "f:parameters", "f:replicates", "f:trainer"];
      expect(
        Object.keys(ours?.fieldsV1["f:spec"] ?? {})
          .filter((field) => field.startsWith("f:"))
          .toSorted(),
      ).toEqual(written);
    });

    it("agrees with kubectl apply: what one has applied is unchanged to the other", async () => {
      const file = await cluster.write("both.yaml", manifest("both", "  execution: { lanes: 3 }\n"));
      await cluster.controlPlane.kubectl(["apply", "-n", "lab", "-f", file]);
      expect(await cluster.say(["apply", "both.yaml", "-n", "lab"])).toMatchObject({ err: "", out: expect.stringContaining("both: unchanged") });
      const before = (await cluster.sweep("lab", "both")).metadata.generation;
      await cluster.controlPlane.kubectl(["apply", "-n", "lab", "-f", file]);
      expect((await cluster.sweep("lab", "both")).metadata.generation).toBe(before);
    });

    it("points at the line of a mistake, of the first document or the second, and gives the cluster nothing", async () => {
      await cluster.write("two.yaml", `${manifest("first")}\n---\n${manifest("second").replace("replicates: { count: 8 }", "replicates: { count: none }")}`);
      const { code, err } = await cluster.say(["apply", "two.yaml", "-n", "lab"]);
      expect(err).toMatch(/^two\.yaml:\d+:\d+: spec\.replicates\.count: /);
      expect(code).toBe(2);
      await cluster.write("later.yaml", manifest("later", "  budget: { gpuHours: 3 }\n"));
      expect(await cluster.say(["apply", "later.yaml", "-n", "lab"])).toMatchObject({
        code: 2,
        err: expect.stringMatching(/^later\.yaml:\d+:\d+: spec\.budget\.gpuHours: budget\.gpuHours: not supported yet/),
      });
      expect((await cluster.say(["list", "-n", "lab"])).out).not.toMatch(/first|second|later/);
    });

    it("takes the namespace of the manifest, and refuses another one", async () => {
      await cluster.write("placed.yaml", manifest("placed").replace("name: placed", "name: placed, namespace: other"));
      expect((await cluster.say(["apply", "placed.yaml"])).out).toContain("placed: created in namespace other");
      expect(await cluster.say(["apply", "placed.yaml", "-n", "lab"])).toMatchObject({ code: 2, err: expect.stringContaining('metadata.namespace "other"') });
      await cluster.write("nowhere.yaml", manifest("nowhere"));
      expect(await cluster.say(["apply", "nowhere.yaml", "-n", "absent"])).toMatchObject({ code: 2, err: expect.stringContaining("kubectl create namespace") });
    });

    it("shows what the server refuses with field and reason", async () => {
      await cluster.write("fixed.yaml", manifest("fixed"));
      await cluster.say(["apply", "fixed.yaml", "-n", "lab"]);
      await cluster.status("lab", "fixed", running);
      await cluster.write("fixed.yaml", manifest("fixed").replace("minimize", "maximize"));
      const { code, err } = await cluster.say(["apply", "fixed.yaml", "-n", "lab"]);
      expect(err).toContain("fixed.yaml: fixed: the API server refuses this:\n  spec.objective: ");
      expect(err).toContain("can't be changed once the sweep has started");
      expect(code).toBe(2);
    });

    it("overwrites what others have set only when told", async () => {
      await cluster.write("scaled.yaml", manifest("scaled", "  execution: { lanes: 3 }\n"));
      await cluster.say(["apply", "scaled.yaml", "-n", "lab"]);
      expect((await cluster.say(["scale", "scaled", "5", "-n", "lab"])).out).toBe("scaled: 5 lanes (3 before)\n");
      const refused = await cluster.say(["apply", "scaled.yaml", "-n", "lab"]);
      expect(refused.err).toContain("\n  spec.execution.lanes: conflict with");
      expect(refused).toMatchObject({ code: 5, err: expect.stringContaining("--force-conflicts") });
      expect((await cluster.say(["apply", "scaled.yaml", "-n", "lab", "--force-conflicts"])).out).toContain("scaled: changed");
      expect((await cluster.sweep("lab", "scaled")).spec).toMatchObject({ execution: { lanes: 3 } });
    });

    it.each([
      ["Complete", complete, 0, "waits: complete: 15 trials succeeded"],
      ["Failed", { conditions: [said("Failed", "True", "FailedTrialsBudget", "9 trials failed")] }, 1, "waits: stopped: 9 trials failed"],
      ["refused", { conditions: [said("Accepted", "False", "Invalid", "spec.x is wrong")] }, 2, "waits: refused: spec.x is wrong"],
      ["suspended by the controller", { conditions: [said("Suspended", "True", "SameFailure", "the first trials all fail")] }, 4, "allot resume waits"],
    ] as const)("--wait ends when the sweep is %s", async (_, status, code, words) => {
      await cluster.write("waits.yaml", manifest("waits"));
      const waiting = cluster.say(["apply", "waits.yaml", "-n", "lab", "--wait"]);
      await expect.poll(async () => cluster.sweep("lab", "waits").catch(() => undefined)).toBeDefined();
      await cluster.status("lab", "waits", running);
      // Of an earlier manifest: says nothing.
      await cluster.status("lab", "waits", { ...status, observedGeneration: 0 } as never);
      await cluster.status("lab", "waits", status as never);
      expect(await waiting).toMatchObject({ code, out: expect.stringContaining(words) });
      await cluster.say(["delete", "waits", "-n", "lab", "--wait"]);
    });
  });

  describe("list and watch", () => {
    beforeAll(async () => {
      await cluster.namespace("seen");
      for (const name of ["demo", "stuck"]) {
        await cluster.write(`${name}.yaml`, manifest(name));
        await cluster.say(["apply", `${name}.yaml`, "-n", "seen"]);
      }
      await cluster.status("seen", "demo", running);
      await cluster.status("seen", "stuck", stalled);
    });

    it("show progress, lanes, the best arm, and what stalls a sweep", async () => {
      const { out, code } = await cluster.say(["list", "-n", "seen"]);
      const lines = out.split("\n");
      expect(lines[0]?.split(/ +/)).toEqual(["NAME", "PROGRESS", "STATE", "LANES", "BEST", "ETA", "AGE"]);
      expect(lines[1]).toMatch(/^demo +4\/16 25% \(1 failed\) +Running +1\/2 +0\.5 ±0\.1 +– +\d+s$/);
      expect(lines[2]).toMatch(/^stuck .* Stalled /);
      expect(lines[3]).toBe('stuck: BucketNotFound: bucket "reslts" does not exist: create it');
      expect(code).toBe(0);
      expect((await cluster.say(["list", "-A"])).out).toMatch(/^seen +demo /m);
    });

    it("give programs the same as JSON", async () => {
      const { out } = await cluster.say(["list", "-n", "seen", "--output", "json"]);
      const [demo, stuck] = out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(demo).toMatchObject({
        event: "sweep",
        namespace: "seen",
        name: "demo",
        state: "Running",
        ended: 4,
        trials: running.trials,
        results: running.results,
      });
      expect(stuck).toMatchObject({ name: "stuck", state: "Stalled", reason: "BucketNotFound" });
    });

    it("watch follows a sweep to its end, and says how it ended", async () => {
      const watching = cluster.say(["watch", "demo", "-n", "seen", "--output", "json"]);
      await cluster.status("seen", "demo", stalled);
      await expect.poll(async () => cluster.status("seen", "demo", stalled).then(({ status }) => status?.conditions?.[1]?.status)).toBe("False");
      await cluster.status("seen", "demo", complete);
      const { code, out } = await watching;
      const events = out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(events.at(-2)).toMatchObject({ event: "sweep", name: "demo", state: "Complete", ended: 16 });
      expect(events.at(-1)).toMatchObject({ event: "end", sweep: "demo", code: 0, results: running.results });
      expect(events.some(({ name }) => name === "stuck")).toBe(false);
      expect(code).toBe(0);
    });

    it("watch ends on Ctrl-C without a word, and the sweep goes on", async () => {
      const workspace = await makeWorkspace();
      const watching = workspace.start(["watch", "stuck", "-n", "seen", "--output", "json", "--kubeconfig", cluster.controlPlane.kubeconfig]);
      await watching.until((events) => events.length > 0);
      watching.child.kill("SIGINT");
      expect(await watching.finished).toMatchObject({ code: 130, stderr: "" });
      expect((await cluster.sweep("seen", "stuck")).metadata.deletionTimestamp).toBeUndefined();
      await workspace.remove();
    });

    it("watch ends when the sweep is deleted under it", async () => {
      const watching = cluster.say(["watch", "stuck", "-n", "seen"]);
      await cluster.say(["delete", "stuck", "-n", "seen"]);
      const { code, out, err } = await watching;
      expect(out + err).toMatch(/nothing to watch|no sweep "stuck"/);
      expect([2, 4]).toContain(code);
    });
  });

  describe("pause, resume, scale, delete", () => {
    beforeAll(async () => {
      await cluster.namespace("steered");
      await cluster.write("demo.yaml", manifest("demo"));
      await cluster.say(["apply", "demo.yaml", "-n", "steered"]);
      await cluster.status("steered", "demo", running);
    });

    it("set what they say, and say what they found", async () => {
      expect((await steer("pause", "demo")).out).toContain("demo: pausing");
      expect((await spec()).suspend).toBe(true);
      expect((await steer("pause", "demo")).out).toBe("demo: is paused already\n");
      expect((await steer("scale", "demo", "7")).out).toContain("demo: 7 lanes (2 before); it is paused");
      expect((await spec()).execution.lanes).toBe(7);
      expect((await steer("resume", "demo")).out).toBe("demo: resumed\n");
      expect((await spec()).suspend).toBe(false);
      expect((await steer("resume", "demo")).out).toBe("demo: is not paused\n");
    });

    it("resume lets a sweep go on that the controller suspended, and says why it had", async () => {
      await cluster.controlPlane.kubectl(["patch", "sweep", "demo", "-n", "steered", "--type=merge", "-p", '{"spec":{"suspend":true}}']);
      await cluster.status("steered", "demo", { ...running, conditions: [said("Suspended", "True", "SameFailure", "the first 8 trials all failed")] });
      expect((await steer("list")).out).toContain("demo: SameFailure: the first 8 trials all failed");
      expect((await steer("resume", "demo")).out).toBe("demo: resumed; it had suspended itself: the first 8 trials all failed\n");
      expect((await spec()).suspend).toBe(false);
    });

    it("name the sweeps there are where there is none of that name", async () => {
      for (const args of [
        ["pause", "dmo"],
        ["resume", "dmo"],
        ["scale", "dmo", "2"],
        ["delete", "dmo"],
        ["watch", "dmo"],
      ]) {
        expect(await steer(...args)).toMatchObject({ code: 2, err: 'namespace steered has no sweep "dmo"; it has: demo\n' });
      }
      expect(await steer("scale", "demo", "0")).toMatchObject({ code: 2 });
    });

    it("delete says where the results stay, and waits for the drain", async () => {
      await cluster.controlPlane.kubectl(["patch", "sweep", "demo", "-n", "steered", "--type=merge", "-p", '{"metadata":{"finalizers":["allot.dev/drain"]}}']);
      const deleting = steer("delete", "demo", "--wait");
      await expect.poll(async () => (await cluster.sweep("steered", "demo")).metadata.deletionTimestamp).toBeDefined();
      expect((await steer("list")).out).toMatch(/^demo .* Deleting /m);
      await cluster.controlPlane.kubectl(["patch", "sweep", "demo", "-n", "steered", "--type=merge", "-p", '{"metadata":{"finalizers":null}}']);
      const { code, out } = await deleting;
      expect(out).toContain(`its results stay in ${running.results}`);
      expect(out).toContain("demo: deleted");
      expect(code).toBe(0);
    });
  });
});
