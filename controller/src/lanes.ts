import type { ContainerState, ContainerStatus, Pod } from "./objects.ts";

/** What keeps lanes from working, for a condition: reason and a message that names the fix. */
export interface Trouble {
  readonly reason: string;
  readonly message: string;
}

/** What the lanes' pods show. */
export interface Lanes {
  /** Pods whose lane runs. */
  readonly running: number;
  /** Pods that are there at all and have not ended. */
  readonly present: number;
  /** The first thing found that keeps a lane from running. */
  readonly trouble?: Trouble;
}

const misconfigured = 78;
const preempted = 143;

const waitingTrouble = (image: string, reason: string, message: string): Trouble | undefined => {
  switch (reason) {
    case "ErrImagePull":
    case "ImagePullBackOff":
    case "InvalidImageName":
    case "ErrImageNeverPull":
    case "ImageInspectError":
      return {
        reason: "ImagePullFailed",
        message: `the lanes' image can't be had (${reason}: ${message}): correct execution.image${image === "lane" ? " or trainer.command.image" : ""}, push the image, or name its credentials in execution.imagePullSecrets`,
      };
    case "CreateContainerConfigError":
    case "CreateContainerError":
    case "RunContainerError":
      return {
        reason: "LaneNotStarted",
        message: `a lane's container can't be started (${reason}: ${message}): correct execution.template or the Secret that it names`,
      };
    default:
      return undefined;
  }
};

const ended = ({ terminated }: ContainerState): Trouble | undefined => {
  if (terminated === undefined || terminated.exitCode === 0) return undefined;
  const said = (terminated.message ?? "").trim();
  if (terminated.exitCode === misconfigured) return { reason: wrongReason(said), message: said === "" ? "a lane found its configuration wrong" : said };
  if (terminated.reason === "OOMKilled") {
    return { reason: "LaneOutOfMemory", message: "a lane was killed for want of memory: raise execution.resources.limits.memory, or lower execution.packing" };
  }
  if (terminated.exitCode === preempted) return undefined;
  return {
    reason: "LanesFailing",
    message: `a lane ended with exit code ${terminated.exitCode} (${firstLine(said) || terminated.reason || "no message"}); it is started again: see its pod's log`,
  };
};

/** A GPU that is not used is told from other mistakes: it costs the most. */
const wrongReason = (said: string): string => {
  if (said.startsWith("gpuUnused: ")) return "GpuUnused";
  return said.startsWith("gpuUnavailable: ") ? "GpuUnavailable" : "LaneMisconfigured";
};

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? "";

const unscheduled = ({ status }: Pod): Trouble | undefined => {
  const scheduled = status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (status?.phase !== "Pending" || scheduled?.status !== "False" || scheduled.reason !== "Unschedulable") return undefined;
  const fix = "lower execution.resources or execution.lanes, change execution.template, or add nodes";
  return { reason: "LanesUnschedulable", message: `no node takes a lane (${scheduled.message ?? "no reason given"}): ${fix}` };
};

const containerTrouble = ({ name, state }: ContainerStatus): Trouble | undefined => {
  const { waiting } = state ?? {};
  return waiting ? waitingTrouble(name, waiting.reason ?? "", waiting.message ?? "no message") : state && ended(state);
};

const podTrouble = (pod: Pod): Trouble | undefined => {
  const { initContainerStatuses = [], containerStatuses = [], conditions = [] } = pod.status ?? {};
  // Evicted or drained: no fault of the lane, and another takes its place.
  if (conditions.some(({ type, status }) => type === "DisruptionTarget" && status === "True")) return undefined;
  return unscheduled(pod) ?? [...initContainerStatuses, ...containerStatuses].map(containerTrouble).find((found) => found !== undefined);
};

const hasEnded = ({ status }: Pod): boolean => status?.phase === "Succeeded" || status?.phase === "Failed";

/** When a pod's container ended, for the newest of several. */
const endOf = ({ status }: Pod): string => status?.containerStatuses?.[0]?.state?.terminated?.finishedAt ?? "";

/** Reads the pods of a sweep's present Job. A pod that runs or waits goes before one that has ended, the newest end before an older one. */
export const lanesOf = (pods: readonly Pod[]): Lanes => {
  const present = pods.filter((pod) => !hasEnded(pod) && pod.metadata.deletionTimestamp === undefined);
  const gone = pods.filter(hasEnded).sort((a, b) => endOf(b).localeCompare(endOf(a)));
  const running = present.filter(({ status }) => status?.phase === "Running").length;
  const trouble = [...present, ...gone].map(podTrouble).find((found) => found !== undefined);
  return { running, present: present.length, ...(trouble ? { trouble } : {}) };
};
