import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { goBuild } from "./go.ts";
import { builtOnce } from "./once.ts";
import type { Environment, Source } from "./source.ts";

/** A program that the testbed runs. */
export type Program = keyof typeof sources;

const modules = fileURLToPath(new URL("../../binaries", import.meta.url));
const kubernetesFolder = { folder: join(modules, "kubernetes") };
const kubernetesVersion = {
  "k8s.io/component-base/version.gitVersion": "v1.36.3",
  "k8s.io/component-base/version.gitMajor": "1",
  "k8s.io/component-base/version.gitMinor": "36",
};

const kubernetes: Source = {
  name: "kubernetes",
  programs: {
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
    kubelet: "k8s.io/kubernetes/cmd/kubelet",
  },
  from: kubernetesFolder,
  variables: kubernetesVersion,
};

/** Where each program comes from. */
const sources = {
  etcd: { name: "etcd", programs: { etcd: "go.etcd.io/etcd/server/v3" }, from: { folder: join(modules, "etcd") } },
  "kube-apiserver": kubernetes,
  "kube-controller-manager": kubernetes,
  "kube-scheduler": kubernetes,
  kubelet: kubernetes,
  kubectl: { name: "kubectl", programs: { kubectl: "k8s.io/kubernetes/cmd/kubectl" }, from: kubernetesFolder, variables: kubernetesVersion },
  kwok: { name: "kwok", programs: { kwok: "sigs.k8s.io/kwok/cmd/kwok" }, from: { version: "v0.8.0" } },
  "nats-server": { name: "nats-server", programs: { "nats-server": "github.com/nats-io/nats-server/v2" }, from: { version: "v2.15.2" } },
  prometheus: {
    name: "prometheus",
    programs: { prometheus: "github.com/prometheus/prometheus/cmd/prometheus" },
    from: { version: "v0.316.0" },
    // Clients of twenty clouds take most of its build time.
    tags: ["remove_all_sd"],
  },
  rclone: { name: "rclone", programs: { rclone: "." }, from: { folder: join(modules, "rclone") } },
} as const satisfies Record<string, Source>;

/** Every program that the testbed can run. */
export const allPrograms = Object.keys(sources) as Program[];

/**
 * Path of a program, built first where it was not yet.
 * `KUBEBUILDER_ASSETS` holds kube-apiserver, etcd and kubectl where it is set; kubectl is also taken from PATH.
 * @throws Error that names the fix when Go is missing, or with the compiler's words.
 */
export const program = async (name: Program, environment: Environment = process.env): Promise<string> =>
  supplied(name, environment) ?? join(await built(sources[name], environment), name);

const supplied = (name: Program, environment: Environment): string | undefined => {
  const folders: string[] = [];
  const assets = environment["KUBEBUILDER_ASSETS"];
  if (assets !== undefined && ["kube-apiserver", "etcd", "kubectl"].includes(name)) folders.push(assets);
  if (name === "kubectl") folders.push(...(environment["PATH"] ?? "").split(delimiter));
  return folders
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
};

/** The folder with the programs of a source. */
export const built = async (source: Source, environment: Environment = process.env): Promise<string> =>
  builtOnce(join(cacheFolder(environment), keyOf(source)), async (target) => goBuild(source, target, environment));

/** Where the testbed keeps what it builds. */
export const cacheFolder = (environment: Environment = process.env): string =>
  environment["ALLOT_TESTBED_CACHE"] ?? join(environment["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "allot", "testbed");

const keyOf = (source: Source): string => {
  const { from } = source;
  const pins =
    "folder" in from
      ? readdirSync(from.folder)
          .toSorted()
          .map((file) => readFileSync(join(from.folder, file), "utf8"))
      : [from.version];
  const all = [process.platform, process.arch, source.programs, source.tags ?? [], source.variables ?? {}, pins];
  return `${source.name}-${createHash("sha256").update(JSON.stringify(all)).digest("hex").slice(0, 12)}`;
};
