import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startControlPlane } from "@allot/testbed";

/** A real API server that knows sweeps. */
export interface SweepServer {
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** Answers of a strict dry-run create of a manifest's text as it is, comments, doubled fields and all. */
  create(text: string): Promise<Verdict>;
  stop(): Promise<void>;
}

export interface Verdict {
  readonly status: number;
  /** The object with the server's defaults, or a Status that says why not. */
  readonly body: { readonly message?: string; readonly spec?: unknown };
}

const definition = new URL("../../../../manifests/crd/sweeps.allot.dev.yaml", import.meta.url).pathname;

/** Starts a control plane in a folder of its own and installs the definition. */
export const startSweepServer = async (): Promise<SweepServer> => {
  const folder = await mkdtemp(join(tmpdir(), "allot-crd-"));
  const controlPlane = await startControlPlane({ folder });
  const stop = async (): Promise<void> => {
    await controlPlane.stop();
    await rm(folder, { recursive: true });
  };
  const kubectl: SweepServer["kubectl"] = async (args, input) => controlPlane.kubectl(args, input === undefined ? {} : { input });
  try {
    await kubectl(["apply", "-f", definition]);
    await controlPlane.served("sweeps");
    await kubectl(["create", "namespace", "studies"]);
    const access = accessOf(controlPlane.kubeconfig);
    return { kubectl, create: async (text) => post(access, text), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

interface Access {
  readonly server: string;
  readonly authority: Buffer;
  readonly token: string;
}

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { readonly server: string; readonly "certificate-authority-data": string } }];
  readonly users: readonly [{ readonly user: { readonly token: string } }];
}

/** The testbed writes its kubeconfigs as JSON. */
function accessOf(path: string): Access {
  const { clusters, users } = JSON.parse(readFileSync(path, "utf8")) as Kubeconfig;
  const { server, "certificate-authority-data": authority } = clusters[0].cluster;
  return { server, authority: Buffer.from(authority, "base64"), token: users[0].user.token };
}

async function post({ server, authority, token }: Access, text: string): Promise<Verdict> {
  const namespace = /^metadata:.*namespace: (?<name>[a-z]+)/m.exec(text)?.groups?.["name"] ?? "default";
  const url = `${server}/apis/allot.dev/v1alpha1/namespaces/${namespace}/sweeps?dryRun=All&fieldValidation=Strict`;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/yaml", accept: "application/json" };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", ca: authority, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString("utf8")) as Verdict["body"] });
      });
    });
    sent.on("error", reject);
    sent.end(text);
  });
}
