import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../process/run.ts";

/** Files that the API server reads who-is-who from, made once per folder. */
export interface Credentials {
  /** Signs and verifies ServiceAccount tokens. */
  readonly privateKey: string;
  readonly publicKey: string;
  /** Static tokens: the administrator's and the node's. */
  readonly tokens: string;
  readonly auditPolicy: string;
  /** What the API server shows to kubelets: signed by itself, in PEM files. */
  readonly kubeletClient: { readonly certificate: string; readonly key: string };
  readonly adminToken: string;
  readonly nodeToken: string;
}

/** Name of the one real node, as its token says. */
export const nodeName = "testbed";

const auditPolicy = { apiVersion: "audit.k8s.io/v1", kind: "Policy", omitStages: ["RequestReceived"], rules: [{ level: "Metadata" }] };

/** Makes the files in a folder that others can't read, or finds those made before. */
export const credentialsIn = async (folder: string): Promise<Credentials> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = (name: string): string => join(folder, name);
  const files = {
    privateKey: file("service-accounts.key"),
    publicKey: file("service-accounts.pub"),
    tokens: file("tokens.csv"),
    auditPolicy: file("audit.json"),
    kubeletClient: { certificate: file("kubelet-client.crt"), key: file("kubelet-client.key") },
  };
  if (!existsSync(files.tokens)) {
    const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
    await writeFile(files.privateKey, keys.privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    await writeFile(files.publicKey, keys.publicKey.export({ type: "spki", format: "pem" }));
    await writeFile(files.auditPolicy, JSON.stringify(auditPolicy));
    const { certificate, key } = files.kubeletClient;
    await run("openssl", [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "365",
      "-subj",
      "/O=system:masters/CN=kube-apiserver",
      "-out",
      certificate,
      "-keyout",
      key,
    ]);
    const [admin, node] = [token(), token()];
    await writeFile(files.tokens, `${admin},admin,admin,"system:masters"\n${node},system:node:${nodeName},node,"system:nodes"\n`, { mode: 0o600 });
  }
  const [adminToken = "", nodeToken = ""] = (await readFile(files.tokens, "utf8")).split("\n").map((line) => line.split(",")[0]);
  return { ...files, adminToken, nodeToken };
};

const token = (): string => randomBytes(24).toString("hex");
