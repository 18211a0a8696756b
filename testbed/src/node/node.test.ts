import { globSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import { dockerArchive } from "../images/docker-archive.ts";
import { librariesOf } from "../images/host.ts";
import { type RealNode, startNode } from "./node.ts";

let folder: string;
let plane: ControlPlane;
let node: RealNode;
let shared: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allot-node-"));
  plane = await startControlPlane({ folder: join(folder, "plane"), controllers: true });
  node = await startNode(plane, { folder: join(folder, "node") });
  shared = join(folder, "shared");
  await mkdir(shared);
  await chmod(shared, 0o777);
  const archive = join(folder, "node.tar");
  const files = [{ path: "/usr/bin/node", from: process.execPath }, ...(await librariesOf([process.execPath]))];
  await dockerArchive({ name: "allot/test:1", files, entrypoint: ["/usr/bin/node"], env: {}, user: "65532:65532" }, archive);
  await node.importImage(archive);
});
afterAll(async () => {
  await node?.stop();
  await plane?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A pod of the test's image that may write into a shared folder and nowhere else. */
const podOf = (name: string, code: string): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      hostNetwork: true,
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: "RuntimeDefault" } },
      volumes: [{ name: "shared", hostPath: { path: shared } }],
      containers: [
        {
          name: "main",
          image: "allot/test:1",
          imagePullPolicy: "Never",
          args: ["-e", code],
          volumeMounts: [{ name: "shared", mountPath: "/shared" }],
          securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  });

/** Runs a pod until it is in a phase. */
const runPod = async (name: string, code: string, phase: string): Promise<void> => {
  await plane.kubectl(["apply", "-f", "-"], { input: podOf(name, code) });
  await plane.kubectl(["wait", `--for=jsonpath={.status.phase}=${phase}`, `pod/${name}`, "--timeout=50s"]).catch(async (error: unknown) => {
    throw new Error(`${String(error)}\n${await plane.kubectl(["describe", "pod", name])}`);
  });
};

/** Processes whose command line holds a text. */
const processesWith = async (text: string): Promise<number[]> => {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map(async (pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
  return pids.filter((_, i) => lines[i]?.includes(text)).map(Number);
};

describe("a real node", () => {
  it("runs an image as a nobody with a read-only root, keeps its log, and sees what it wrote", async () => {
    const code = "const fs=require('fs');try{fs.writeFileSync('/x','')}catch(e){console.log(process.getuid(),e.code)};fs.writeFileSync('/shared/said','done')";
    await runPod("once", code, "Succeeded");
    expect(await plane.kubectl(["logs", "once"])).toBe("65532 EROFS\n");
    expect(await readFile(join(shared, "said"), "utf8")).toBe("done");
  });

  it("says how a container failed", async () => {
    await runPod("fails", "process.exit(78)", "Failed");
    expect(await plane.kubectl(["get", "pod", "fails", "-o", "jsonpath={.status.containerStatuses[0].state.terminated.exitCode}"])).toBe("78");
  });

  it("takes its containers and their control groups along when it is killed, and comes back", async () => {
    const mark = basename(folder);
    await runPod("stays", `/* runs in ${mark} */ setInterval(() => undefined, 1000)`, "Running");
    const pids = await processesWith(`runs in ${mark}`);
    expect(pids).toHaveLength(1);
    const [, group = ""] = /(k8s.io\/\w+)/.exec(await readFile(`/proc/${pids[0]}/cgroup`, "utf8")) ?? [];
    const groups = (): string[] => globSync(`/sys/fs/cgroup/{*/,}${group}`);
    expect(groups()).not.toEqual([]);
    await node.kill();
    expect(await processesWith(`runs in ${mark}`)).toEqual([]);
    expect(groups()).toEqual([]);
    expect((await readFile("/proc/mounts", "utf8")).includes(folder)).toBe(false);
    await node.start();
    await runPod("again", "", "Succeeded");
  });
});
