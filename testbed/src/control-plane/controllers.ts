import { join } from "node:path";
import type { Program } from "../build/programs.ts";
import { program } from "../build/programs.ts";
import { answersOk } from "../process/https.ts";
import type { Server } from "../process/server.ts";
import { startOnPorts } from "../process/server.ts";

export interface ControllersOptions {
  readonly folder: string;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Path of the key that signs ServiceAccount tokens. */
  readonly privateKey: string;
}

export const startControllerManager = async ({ folder, kubeconfig, privateKey }: ControllersOptions): Promise<Server> =>
  start("kube-controller-manager", { folder, kubeconfig }, [
    `--service-account-private-key-file=${privateKey}`,
    `--root-ca-file=${join(folder, "certificates", "apiserver.crt")}`,
  ]);

export const startScheduler = async (options: Omit<ControllersOptions, "privateKey">): Promise<Server> => start("kube-scheduler", options, []);

const start = async (name: Program, { folder, kubeconfig }: Omit<ControllersOptions, "privateKey">, more: string[]): Promise<Server> => {
  const command = await program(name);
  return startOnPorts(1, ([port]) => ({
    name,
    folder,
    command,
    args: [
      `--kubeconfig=${kubeconfig}`,
      "--leader-elect=false",
      "--kube-api-qps=500",
      "--kube-api-burst=1000",
      "--bind-address=127.0.0.1",
      `--secure-port=${port}`,
      ...more,
    ],
    ready: async (signal) => answersOk(`https://127.0.0.1:${port}/healthz`, signal),
  }));
};
