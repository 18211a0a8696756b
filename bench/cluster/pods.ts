import type { ControlPlane } from "@allot/testbed";
import { systemClock } from "../../packages/runtime/src/index.ts";

const name = "one-pod-per-trial";

/** One trial, one pod: the worker image, told to end at once. @returns pods per second, from the Job's creation to its completion. */
export const podsPerSecond = async ({ kubectl }: ControlPlane, { pods, atOnce }: { pods: number; atOnce: number }): Promise<number> => {
  const container = { name: "trial", image: "allot/worker:0.1.0", imagePullPolicy: "Never", command: ["node", "-e", "0"] };
  const job = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name },
    spec: {
      completionMode: "Indexed",
      completions: pods,
      parallelism: atOnce,
      template: { spec: { restartPolicy: "Never", hostNetwork: true, automountServiceAccountToken: false, containers: [container] } },
    },
  };
  const begun = systemClock.monotonic();
  await kubectl(["apply", "-f", "-"], { input: JSON.stringify(job) });
  await kubectl(["wait", "--for=condition=Complete", `job/${name}`, "--timeout=600s"]);
  const seconds = (systemClock.monotonic() - begun) / 1000;
  await kubectl(["delete", "job", name, "--timeout=120s"]);
  return pods / seconds;
};
