import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Kube, type KubeObject, openKube, type Resource } from "@allot/kube";
import { systemClock } from "@allot/runtime";
import { openStore, type Store, type StoreEnvironment, withPrefix } from "@allot/store";
import { type ControlPlane, type Server, startControlPlane, startNats, startS3 } from "@allot/testbed";
import { type SweepObject, sweeps } from "../objects.ts";

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const crd = fileOf("../../../manifests/crd/sweeps.allot.dev.yaml");
const rbac = fileOf("../../../manifests/rbac");

/** A process of a test, and what it said. */
export interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exited: Promise<number | undefined>;
  end(signal?: NodeJS.Signals): Promise<void>;
}

/** The files that Node runs: the sources, or the bundles that the images hold. */
export interface Programs {
  readonly controller: string;
  readonly lane: string;
}

const sources: Programs = { controller: fileOf("../main.ts"), lane: fileOf("../../../worker/src/pod.ts") };

/** Starts a Node program with a whole environment. */
const start = (entry: string, environment: NodeJS.ProcessEnv): Running => {
  const child = fork(entry, [], { env: environment, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
  const exited = once(child, "exit").then(([code]) => (typeof code === "number" ? code : undefined));
  return {
    child,
    output: () => output,
    exited,
    end: async (signal = "SIGTERM") => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await exited;
    },
  };
};

/** Everything that a sweep needs of a cluster, but for nodes: real servers, and the controller as a process. */
export class Cluster {
  readonly folder: string;
  readonly controlPlane: ControlPlane;
  readonly nats: Server & { readonly url: string };
  readonly s3: Awaited<ReturnType<typeof startS3>>;
  readonly kube: Kube;
  readonly #programs: Programs;
  readonly #running: Running[] = [];

  private constructor(parts: Pick<Cluster, "folder" | "controlPlane" | "nats" | "s3" | "kube">, programs: Programs) {
    ({ folder: this.folder, controlPlane: this.controlPlane, nats: this.nats, s3: this.s3, kube: this.kube } = parts);
    this.#programs = programs;
  }

  static async start({ controllers = true, programs = sources }: { controllers?: boolean; programs?: Programs } = {}): Promise<Cluster> {
    const folder = await mkdtemp(join(tmpdir(), "allot-cluster-"));
    const [controlPlane, nats, s3] = await Promise.all([
      startControlPlane({ folder: join(folder, "kubernetes"), controllers }),
      startNats({ folder: join(folder, "nats") }),
      startS3({ folder: join(folder, "s3"), buckets: ["results"] }),
    ]);
    await controlPlane.kubectl(["create", "namespace", "allot-system"]);
    await controlPlane.kubectl(["apply", "-f", crd]);
    await controlPlane.kubectl(["apply", "-k", rbac]);
    await controlPlane.served("sweeps");
    const kube = await openKube({ kubeconfig: controlPlane.kubeconfig });
    return new Cluster({ folder, controlPlane, nats, s3, kube }, programs);
  }

  /** What the install tells the controller, and through it the lanes. */
  environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv & StoreEnvironment {
    const { endpoint, region, accessKeyId, secretAccessKey } = this.s3;
    return {
      ALLOT_STORE: "s3://results/allot",
      ALLOT_S3_ENDPOINT: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ALLOT_NATS_URL: this.nats.url,
      ...more,
    };
  }

  /** A folder of the S3 server's root is a bucket. */
  async bucket(name: string): Promise<void> {
    await mkdir(join(this.folder, "s3", "buckets", name));
  }

  /** Starts a controller with the rights that the install gives it, and no others. */
  async startController(more: NodeJS.ProcessEnv = {}): Promise<Running> {
    const kubeconfig = await this.controlPlane.kubeconfigFor({ serviceAccount: { namespace: "allot-system", name: "allot-controller" } });
    const own = {
      KUBECONFIG: kubeconfig,
      POD_NAMESPACE: "allot-system",
      POD_NAME: `controller-${this.#running.length}`,
      ALLOT_HTTP_PORT: "0",
      ALLOT_LANE_IMAGE: "allot/worker:0.1.0",
    };
    return this.#start(this.#programs.controller, { ...this.environment(), ...own, ...more });
  }

  /** Starts a lane as the sweep's pods would, without a node. */
  async startLane(name: string, { namespace = "default", more = {} }: { namespace?: string; more?: NodeJS.ProcessEnv } = {}): Promise<Running> {
    const { uid = "" } = (await this.sweep(name, namespace)).metadata;
    const own = {
      ALLOT_SWEEP: `${namespace}/${name}-${uid.slice(0, 8)}`,
      ALLOT_SWEEP_UID: uid,
      ALLOT_LANE: `${name}-lane-${this.#running.length}`,
      ALLOT_CACHE: join(this.folder, "cache"),
      ...(process.env["ALLOT_DATA"] === undefined ? {} : { ALLOT_DATA: process.env["ALLOT_DATA"] }),
    };
    return this.#start(this.#programs.lane, { ...this.environment(), ...own, ...more });
  }

  get sweeps(): Resource<SweepObject> {
    return this.kube.resource(sweeps);
  }

  async apply(manifest: KubeObject | string): Promise<void> {
    const file = join(this.folder, `manifest-${crypto.randomUUID()}.yaml`);
    await writeFile(file, typeof manifest === "string" ? manifest : JSON.stringify(manifest));
    await this.controlPlane.kubectl(["apply", "-f", file]);
  }

  async sweep(name: string, namespace = "default"): Promise<SweepObject> {
    const found = await this.sweeps.get(name, { namespace, signal: AbortSignal.timeout(10_000) });
    if (!found) throw new Error(`no sweep ${namespace}/${name}`);
    return found;
  }

  /** Waits until something is so. */
  async until<T>(what: string, look: () => Promise<T | undefined | false>, seconds = 60): Promise<T> {
    const signal = AbortSignal.timeout(seconds * 1000);
    for (let last = ""; ; ) {
      const found = await look().catch((error: unknown) => {
        last = error instanceof Error ? error.message : "failed";
        return undefined;
      });
      if (found !== undefined && found !== false) return found;
      if (signal.aborted)
        throw new Error(
          `not within ${seconds} s: ${what}${last === "" ? "" : ` (${last})`}\n${this.#running.map(({ output }) => output().slice(-2000)).join("\n---\n")}`,
        );
      await systemClock.sleep(100, { signal: new AbortController().signal });
    }
  }

  /** Waits for a condition of a sweep. */
  async condition(
    name: string,
    type: string,
    { status = "True", reason, namespace = "default", seconds = 60 }: { status?: string; reason?: string; namespace?: string; seconds?: number } = {},
  ): Promise<SweepObject> {
    return this.until(
      `${type}=${status}${reason === undefined ? "" : ` (${reason})`} of ${name}`,
      async () => {
        const object = await this.sweep(name, namespace);
        return (
          object.status?.conditions?.some((one) => one.type === type && one.status === status && (reason === undefined || one.reason === reason)) && object
        );
      },
      seconds,
    );
  }

  /** The sweep's own store. */
  async store(name: string, namespace = "default"): Promise<Store> {
    const { uid = "" } = (await this.sweep(name, namespace)).metadata;
    return withPrefix(openStore(this.environment()), `${namespace}/${name}-${uid.slice(0, 8)}`);
  }

  /** Requests that the API server answered, as its audit log has them. */
  async requests(): Promise<
    {
      verb: string;
      user: { username: string };
      objectRef?: { resource: string; subresource?: string; name?: string; namespace?: string; apiGroup?: string };
      stage: string;
      responseStatus?: { code: number };
    }[]
  > {
    const text = await readFile(this.controlPlane.auditLog, "utf8");
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map(async (running) => running.end("SIGKILL")));
    this.kube.close();
    await Promise.all([this.controlPlane.stop(), this.nats.stop(), this.s3.stop()]);
    await rm(this.folder, { recursive: true, force: true });
  }

  #start(entry: string, environment: NodeJS.ProcessEnv): Running {
    const running = start(entry, { PATH: process.env["PATH"], HOME: this.folder, ...environment });
    this.#running.push(running);
    return running;
  }
}
