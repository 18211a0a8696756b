import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { program } from "../build/programs.ts";
import { answersOk } from "../process/https.ts";
import type { Server } from "../process/server.ts";
import { startOnPorts } from "../process/server.ts";
import type { Credentials } from "./credentials.ts";

export interface ApiServer {
  readonly server: Server;
  readonly url: string;
  /** PEM that its certificate is checked against. */
  readonly authority: string;
  readonly auditLog: string;
}

export interface ApiServerOptions {
  readonly folder: string;
  readonly etcdUrl: string;
  readonly credentials: Credentials;
  /** Without the controllers nobody makes ServiceAccounts, so pods are admitted without. */
  readonly serviceAccounts: boolean;
}

/** kube-apiserver with RBAC, and a line of JSON per request in its audit log. */
export const startApiServer = async ({ folder, etcdUrl, credentials, serviceAccounts }: ApiServerOptions): Promise<ApiServer> => {
  const command = await program("kube-apiserver");
  const certificates = join(folder, "certificates");
  const auditLog = join(folder, "audit.jsonl");
  const server = await startOnPorts(1, ([port]) => ({
    name: "kube-apiserver",
    folder,
    command,
    args: [
      `--etcd-servers=${etcdUrl}`,
      `--cert-dir=${certificates}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${port}`,
      "--service-cluster-ip-range=10.96.0.0/16",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${credentials.publicKey}`,
      `--service-account-signing-key-file=${credentials.privateKey}`,
      `--token-auth-file=${credentials.tokens}`,
      "--authorization-mode=Node,RBAC",
      "--allow-privileged",
      "--enable-admission-plugins=ExtendedResourceToleration",
      `--audit-policy-file=${credentials.auditPolicy}`,
      `--audit-log-path=${auditLog}`,
      // The node serves its logs with a certificate that it signed itself, on an address of this machine.
      "--kubelet-preferred-address-types=InternalIP",
      `--kubelet-client-certificate=${credentials.kubeletClient.certificate}`,
      `--kubelet-client-key=${credentials.kubeletClient.key}`,
      // There is one, and its address is loopback, which may not be published.
      "--endpoint-reconciler-type=none",
      ...(serviceAccounts ? [] : ["--disable-admission-plugins=ServiceAccount"]),
    ],
    ready: async (signal) => answersOk(`https://127.0.0.1:${port}/readyz`, signal),
    // It waits for clients that watch, and they for it.
    patience: 2_000,
  }));
  const authority = await readFile(join(certificates, "apiserver.crt"), "utf8");
  return { server, url: `https://127.0.0.1:${server.ports[0]}`, authority, auditLog };
};
