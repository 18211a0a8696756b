import { lanesOf, type Trouble } from "../lanes.ts";
import type { Job } from "../objects.ts";
import { endOf } from "./jobs.ts";
import type { Observed } from "./observed.ts";

/** What keeps a sweep from going on at all, and what would mend it; nothing while a lane works. */
export const laneTrouble = (o: Observed): Trouble | undefined => {
  if (o.work?.trouble) return o.work.trouble;
  if (o.jobRefused) {
    return {
      reason: "JobRefused",
      message: `the cluster refuses the lanes' Job (${o.jobRefused.message}): correct execution.template, execution.resources or execution.data, or raise the quota`,
    };
  }
  const current = o.jobs.at(-1);
  const over = current === undefined || endOf(current) !== undefined;
  if (over && o.defaults.trouble) return o.defaults.trouble;
  const { running, trouble } = lanesOf(o.pods);
  if (running > 0) return undefined;
  if (o.podsRefused !== undefined) {
    return {
      reason: "LanesRefused",
      message: `the cluster refuses the lanes' pods (${o.podsRefused}): raise the quota, or lower execution.lanes or execution.resources`,
    };
  }
  return trouble ?? (over ? failed(current) : undefined);
};

const failed = (job: Job | undefined): Trouble | undefined => {
  const end = job?.status?.conditions?.find(({ type, status }) => type === "Failed" && status === "True");
  return (
    job &&
    end && {
      reason: "LanesFailing",
      message: `every lane of Job ${job.metadata.name} failed (${end.reason ?? ""}: ${end.message ?? ""}): see the logs of its pods`,
    }
  );
};
