import { readFile } from "node:fs/promises";
import path from "node:path";
import { readSegment } from "@allot/ledger";
import { folderStore, openStore, type Store, withPrefix } from "@allot/store";
import { type S3Access, type Server, startS3 } from "@allot/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { said, TestCluster } from "../testing/cluster.ts";
import { type LogNode, startLogNode } from "../testing/kubelet.ts";
import { type Said, say } from "../testing/terminal.ts";
import { makeWorkspace, sleepManifest, type Workspace } from "../testing/workspace.ts";

const { signal } = new AbortController();
const naps = sleepManifest({ name: "naps", seconds: 0, arms: 2 });
/** Loses the trials whose x is 3. */
const lossy = `apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: lossy }
spec:
  objective: { metric: validation.loss, direction: minimize }
  trainer: { command: { image: "allot/program:1", version: "1", args: [sh, -c, 'echo step of {x}; test {x} != 3 || exit 1; echo validation.loss=0.5'] } }
  parameters: [{ name: x, values: [1, 2, 3] }]
  baseline: { x: 1 }
  replicates: { count: 2 }
`;
/** An address that leads nowhere from here, as a cluster's own does from outside. */
const inside = "http://127.0.0.1:1";

let cluster: TestCluster;
let s3: Server & S3Access;
let laptop: Workspace;
let node: LogNode;
const everything: string[] = [];

const ask = async (args: readonly string[], environment: Record<string, string> = { ALLOT_S3_ENDPOINT: s3.endpoint }): Promise<Said> => {
  const answer = await cluster.say(args, environment);
  everything.push(answer.out, answer.err);
  return answer;
};
const bare = async (): Promise<Said> => ask(["results", "diff", "sweep/naps", "sweep/naps", "-n", "bare"]);
const lab = async (...args: string[]): Promise<Said> => ask([...args, "-n", "lab"]);
const access = (): Record<string, string> => ({
  AWS_REGION: s3.region,
  AWS_ACCESS_KEY_ID: s3.accessKeyId,
  AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
});
const storeSecret = async (namespace: string, name: string): Promise<void> => {
  const values = { ALLOT_STORE: "s3://results/allot", ALLOT_S3_ENDPOINT: inside, ...access() };
  const literals = Object.entries(values).map(([key, value]) => `--from-literal=${key}=${value}`);
  await cluster.controlPlane.kubectl(["create", "secret", "generic", name, "-n", namespace, ...literals]);
};
const folderOf = async (name: string): Promise<string> => {
  const folders = await laptop.sweeps();
  return folders.find((folder) => path.basename(folder).startsWith(`${name}-`)) ?? "absent";
};

/** Which lane sealed a pack of a sweep trained here. */
const laneOf = async (name: string, pack: string): Promise<string> => (await readSegment(folderStore(await folderOf(name)), pack, { signal })).attempt.lane;

/** Trains a manifest here, and puts what came of it where a cluster's sweep of that name would have it. */
const trained = async (name: string, manifest: string, namespace: string): Promise<string> => {
  await laptop.write(`${name}.yaml`, manifest);
  if ((await folderOf(name)) === "absent")
    expect(await laptop.run("run", `${name}.yaml`, "--lanes", "1")).toMatchObject({ code: expect.any(Number), stderr: "" });
  await cluster.write(`${name}.yaml`, manifest);
  await ask(["apply", `${name}.yaml`, "-n", namespace]);
  const { metadata } = await cluster.sweep(namespace, name);
  const place = `${namespace}/${name}-${metadata.uid?.slice(0, 8)}`;
  const bucket = withPrefix(openStore({ ALLOT_STORE: "s3://results/allot", ALLOT_S3_ENDPOINT: s3.endpoint, ...access() }), place);
  const folder = folderStore(await folderOf(name));
  for await (const { key } of folder.list("", { signal })) {
    if (!key.startsWith("report/")) await bucket.put(key, (await folder.get(key, { signal }))!, { signal });
  }
  const results = `s3://results/allot/${place}/`;
  await cluster.status(namespace, name, { conditions: [said("Accepted", "True", "Valid"), said("Complete", "True", "AllTrialsEnded")], results });
  return results;
};

let napsAt: string;
beforeAll(async () => {
  [cluster, laptop] = await Promise.all([TestCluster.start(), makeWorkspace()]);
  s3 = await startS3({ folder: path.join(cluster.folder, "s3"), buckets: ["results"] });
  node = await startLogNode(cluster.controlPlane);
  await cluster.install();
  for (const namespace of ["lab", "bare", "allot-system"]) await cluster.namespace(namespace);
  await storeSecret("lab", "allot-store");
  napsAt = await trained("naps", naps, "lab");
  await trained("lossy", lossy, "lab");
}, 600_000);
afterAll(async () => {
  await node?.stop();
  await s3?.stop();
  await Promise.all([cluster?.stop(), laptop?.remove()]);
});

describe("where the results of a cluster are found", () => {
  it("by sweep/<name>, with the Secret of its namespace; the endpoint of the environment goes before the cluster's own", async () => {
    expect(await lab("results", "diff", "sweep/naps", "sweep/naps")).toMatchObject({ code: 0, out: "equal: 16 trials\n" });
    const { code, err } = await ask(["results", "diff", "sweep/naps", "sweep/naps", "-n", "lab"], {});
    expect(err).toContain(`${inside} is that of Secret lab/allot-store, for lanes in the cluster: from outside set ALLOT_S3_ENDPOINT`);
    expect(code).toBe(4);
  });

  it("by their s3:// address, with the environment's credentials, else with a Secret", async () => {
    const whole = { ALLOT_S3_ENDPOINT: s3.endpoint, ...access() };
    expect(await ask(["results", "diff", napsAt, "sweep/naps", "-n", "lab"], whole)).toMatchObject({ code: 0 });
    expect(await lab("results", "diff", napsAt, "sweep/naps")).toMatchObject({ code: 0 });
    const wrong = { ...whole, AWS_SECRET_ACCESS_KEY: "not-the-secret-at-all" };
    expect(await ask(["report", napsAt], wrong)).toMatchObject({ code: 4, err: expect.stringContaining("rejects the credentials") });
    expect(await ask(["report", "s3://results/allot/lab/absent-00000000"], whole)).toMatchObject({
      code: 2,
      err: expect.stringContaining("manifest.json is not in it"),
    });
  });

  it("with what the controller handed the lanes, or the install's Secret, where the namespace has none; with none it says what to set", async () => {
    await trained("naps", naps, "bare");
    const refused = await bare();
    expect(refused.err).toContain(
      "bare/allot-store (is not there), bare/naps-lanes (is not there), allot-system/allot-store (is not there); set AWS_ACCESS_KEY_ID",
    );
    expect(refused.code).toBe(5);
    await storeSecret("allot-system", "allot-store");
    expect(await bare()).toMatchObject({ code: 0 });
    await cluster.controlPlane.kubectl(["delete", "secret", "allot-store", "-n", "allot-system"]);
    await storeSecret("bare", "naps-lanes");
    expect(await bare()).toMatchObject({ code: 0 });
  });

  it("says which Secret may not be read", async () => {
    await cluster.controlPlane.kubectl(["create", "serviceaccount", "reader", "-n", "lab"]);
    await cluster.controlPlane.kubectl(["create", "role", "reader", "-n", "lab", "--verb=get,list,watch", "--resource=sweeps.allot.dev"]);
    await cluster.controlPlane.kubectl(["create", "rolebinding", "reader", "-n", "lab", "--role=reader", "--serviceaccount=lab:reader"]);
    const kubeconfig = await cluster.controlPlane.kubeconfigFor({ serviceAccount: { namespace: "lab", name: "reader" } });
    const answer = await say(["report", "sweep/naps", "-n", "lab", "--kubeconfig", kubeconfig], { cwd: cluster.folder });
    expect(answer).toMatchObject({ code: 5, err: expect.stringContaining("lab/allot-store (you may not read it)") });
    const refused = await say(["pause", "naps", "-n", "lab", "--kubeconfig", kubeconfig], { cwd: cluster.folder });
    expect(refused).toMatchObject({ code: 5, err: expect.stringContaining('cannot patch resource "sweeps"') });
  });

  it("says why there are none yet", async () => {
    await cluster.write("none.yaml", naps.replace("name: naps", "name: none"));
    await ask(["apply", "none.yaml", "-n", "lab"]);
    expect(await lab("report", "sweep/none")).toMatchObject({ code: 4, err: expect.stringContaining("the controller says where they are") });
    await cluster.status("lab", "none", { conditions: [said("Stalled", "True", "BucketNotFound", "create it")] });
    expect(await lab("report", "sweep/none")).toMatchObject({ code: 4, err: "sweep/none: has no results yet: BucketNotFound: create it\n" });
    expect(await lab("report", "sweep/nons")).toMatchObject({ code: 2, err: expect.stringContaining("it has: lossy, naps, none") });
  });
});

describe("report and results", () => {
  it("write a laptop's very page, into the store and to a file", async () => {
    const { code, out } = await lab("report", "sweep/naps");
    expect(out).toContain(`${napsAt}report/index.html`);
    expect(code).toBe(0);
    const here = await readFile(path.join(cluster.folder, "naps-report.html"), "utf8");
    expect(here).toBe(await readFile(path.join(await folderOf("naps"), "report", "index.html"), "utf8"));
    await lab("report", "sweep/naps", "--to", "elsewhere.html");
    expect(await readFile(path.join(cluster.folder, "elsewhere.html"), "utf8")).toBe(here);
    expect(await lab("report", "sweep/naps", "--to", "absent/page.html")).toMatchObject({ code: 2, err: expect.stringContaining("--to: can't write") });
  });

  it("look at what is claimed now, and end with what became of it", async () => {
    const claims = [{ id: "as-good", metric: "validation.loss", arms: [{ "data.seconds": 0.0001 }, {}], comparator: "<=", margin: -0.5 }];
    await cluster.controlPlane.kubectl(["patch", "sweep", "naps", "-n", "lab", "--type=merge", "-p", JSON.stringify({ spec: { claims } })]);
    const { code, out } = await lab("report", "sweep/naps", "--output", "json");
    expect(JSON.parse(out)).toMatchObject({ event: "report", claims: [{ id: "as-good", verdict: "fail", value: 0 }] });
    expect(code).toBe(6);
  });

  it("compare a laptop's folder with a cluster's sweep", async () => {
    expect(await lab("results", "diff", await folderOf("lossy"), "sweep/lossy")).toMatchObject({ code: 0, out: "equal: 6 trials\n" });
    expect(await lab("results", "diff", await folderOf("naps"), "sweep/lossy")).toMatchObject({ code: 1 });
  });

  it("export a row a trial as CSV and as JSON lines, of what was asked for", async () => {
    expect(await lab("results", "export", "sweep/lossy", "--to", "all.csv")).toMatchObject({
      code: 0,
      out: expect.stringContaining("6 trials of 6 trials that have ended"),
    });
    const [head, ...rows] = (await readFile(path.join(cluster.folder, "all.csv"), "utf8")).trim().split("\r\n");
    expect(head).toMatch(/^trial,arm,replicate,state,failure,message,engine,identity,reused,label\.x,(.*,)?validation\.loss(,|$)/);
    expect(rows).toHaveLength(6);
    expect(rows[0]).toMatch(/^0,x=1,0,Succeeded,,,/);
    await lab("results", "export", "sweep/lossy", "--to", "some.jsonl", "--where", "arm=x=3", "--where", "x=3", "--state", "Failed");
    const lines = (await readFile(path.join(cluster.folder, "some.jsonl"), "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({ arm: "x=3", labels: { x: 3 }, state: "Failed", failure: "userError", metrics: {} });
    expect(await lab("results", "export", "sweep/lossy", "--to", "a.csv", "--where", "y=3")).toMatchObject({
      code: 2,
      err: expect.stringContaining("arm, replicate, x"),
    });
    expect(await lab("results", "export", "sweep/lossy", "--to", "a.xls")).toMatchObject({ code: 2, err: expect.stringContaining(".csv or .jsonl") });
  });
});

/** What a lane logs of a trial. */
const line = (lane: string, trial: number, message: string, second: number): string =>
  JSON.stringify({ time: `2026-01-31T12:00:0${second}.000Z`, level: "info", message, lane, sweep: "lab/x", trial });

describe("logs", () => {
  it("are the trial's own lines of the lane that sealed it, while its pod is there", async () => {
    const lane = await laneOf("lossy", "p000002");
    const lines = [line(lane, 4, "step of 3", 1), line(lane, 1, "step of 1", 2), "no JSON at all", line(lane, 44, "of another", 3), line(lane, 4, "exit 1", 4)];
    await node.lane("lab", lane, { sweep: "lossy", lines });
    const { out, code } = await lab("logs", "lossy", "4");
    expect(out.split("\n").slice(0, 2)).toEqual([`2026-01-31T12:00:01.000Z ${lane} step of 3`, `2026-01-31T12:00:04.000Z ${lane} exit 1`]);
    expect(out).toMatch(/\ntrial 4 \(x=3, replicate 0\): Failed \(userError\); trained by lane lane-0: exit code 1/);
    expect(code).toBe(0);
    const json = (await lab("logs", "lossy", "4", "--output", "json")).out
      .trim()
      .split("\n")
      .map((one) => JSON.parse(one));
    expect(json.map(({ event, message }) => [event, message]).slice(0, 2)).toEqual([
      ["log", "step of 3"],
      ["log", "exit 1"],
    ]);
    expect(json.at(-1)).toMatchObject({ event: "trial", trial: 4, podGone: false, state: "Failed", failure: "userError" });
    await cluster.controlPlane.kubectl(["delete", "pod", lane, "-n", "lab", "--grace-period=0", "--force"]);
  });

  it("say what is known once the pod is gone", async () => {
    expect(await lab("logs", "lossy", "5")).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /^trial 5 \(x=3, replicate 1\): Failed \(userError\); trained by lane lane-0, whose pod is gone and its log with it: exit code 1/,
      ),
    });
    expect(await lab("logs", "lossy", "6")).toMatchObject({ code: 2, err: "trial 6: lossy has trials 0 to 5\n" });
    expect(await lab("logs", "lossy", "first")).toMatchObject({ code: 2, err: expect.stringContaining("want a whole number, 0 or more") });
  });

  it("come from all lanes while nothing is sealed, and end with the trial when followed", async () => {
    await cluster.write("live.yaml", naps.replace("name: naps", "name: live"));
    await ask(["apply", "live.yaml", "-n", "lab"]);
    await node.lane("lab", "live-1-0-a", { sweep: "live", lines: [line("live-1-0-a", 3, "begun here", 1), line("live-1-0-a", 2, "begun", 1)] });
    await node.lane("lab", "live-1-1-b", { sweep: "live", lines: [line("live-1-1-b", 3, "begun again", 2)] });
    const { out, err } = await lab("logs", "live", "3");
    expect(out).toBe("2026-01-31T12:00:01.000Z live-1-0-a begun here\n2026-01-31T12:00:02.000Z live-1-1-b begun again\n");
    expect(err).toContain("the lanes there are now are asked instead");
    const following = lab("logs", "live", "7", "--follow");
    await node.lane("lab", "live-1-2-c", { sweep: "live", lines: [line("live-1-2-c", 7, "begun", 3)] });
    node.log("live-1-0-a", line("live-1-0-a", 7, "moved", 4));
    node.log("live-1-0-a", line("live-1-0-a", 7, "Succeeded", 5));
    const followed = await following;
    expect(followed.out).toContain("live-1-0-a moved\n");
    expect(followed.out).toMatch(/live-1-0-a Succeeded\n$/);
  });
});

const bucket = (): Store => openStore({ ALLOT_STORE: napsAt.replace(/\/$/, ""), ALLOT_S3_ENDPOINT: s3.endpoint, ...access() });

describe("prune", () => {
  const done = [said("Accepted", "True", "Valid"), said("Complete", "True", "AllTrialsEnded")];
  const orphan = "measurements/".concat("0".repeat(64), ".parquet");
  const weights = "artifacts/3/weights.safetensors";

  it("wants a sweep on which no lane works, and says how to come by one", async () => {
    const refusals: [Parameters<TestCluster["status"]>[2], string][] = [
      [
        { conditions: [said("Accepted", "True", "Valid"), said("Progressing", "True", "LanesRunning")] },
        "wait for it with allot watch naps, or pause it with allot pause",
      ],
      [
        { conditions: [said("Accepted", "True", "Valid"), said("Suspended", "True", "Requested")], lanes: { active: 1 } },
        "1 lane of it still works: try again",
      ],
      [{ conditions: [said("Accepted", "False", "Invalid", "no such field"), done[1]!] }, "its newest manifest is refused: no such field; mend it first"],
      [{ conditions: done, observedGeneration: 0 }, "try again in a moment"],
    ];
    for (const [status, words] of refusals) {
      await cluster.status("lab", "naps", { ...status, results: napsAt });
      expect(await lab("prune", "sweep/naps")).toMatchObject({ code: 2, out: "", err: expect.stringContaining(words) });
    }
    await cluster.status("lab", "naps", { conditions: done, results: napsAt });
    expect(await lab("prune", "sweep/naps")).toMatchObject({ code: 0, out: "naps: nothing to remove\n" });
  });

  it("goes by what the Sweep keeps now, and of an address by what its manifest in the bucket keeps", async () => {
    for (const key of [weights, orphan]) await bucket().put(key, new Uint8Array(40), { signal });
    expect((await lab("prune", napsAt, "--dry-run")).out).toMatch(/in all +2 files +80 B$/m);
    await cluster.controlPlane.kubectl(["patch", "sweep", "naps", "-n", "lab", "--type=merge", "-p", '{"spec":{"artifacts":{"weights":"all"}}}']);
    await cluster.status("lab", "naps", { conditions: done, results: napsAt });
    expect((await lab("prune", "sweep/naps")).out).toMatch(/^naps: removed\n(.*\n)* {2}in all +1 file +40 B$/m);
    expect([await bucket().get(orphan, { signal }), await bucket().get(weights, { signal })]).toEqual([undefined, new Uint8Array(40)]);
    expect((await lab("prune", napsAt)).out).toMatch(/in all +1 file +40 B$/m);
    expect(await lab("results", "diff", await folderOf("naps"), napsAt)).toMatchObject({ code: 0, out: "equal: 16 trials\n" });
  });

  it("does not guess whether lanes work on a bucket's unfinished sweep", async () => {
    const unsealed = "segments/p000000.parquet";
    const bytes = (await bucket().get(unsealed, { signal }))!;
    await bucket().delete(unsealed, { signal });
    expect(await lab("prune", napsAt)).toMatchObject({ code: 2, err: expect.stringContaining("prune sweep/naps, whose status does") });
    await bucket().put(unsealed, bytes, { signal });
  });
});

it("no secret was ever said", () => {
  expect(everything.length).toBeGreaterThan(40);
  expect(everything.join("\n")).not.toContain(s3.secretAccessKey);
});
