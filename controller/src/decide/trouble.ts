import { lanesOf, type Trouble } from "../lanes.ts";
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
  const { running, trouble } = lanesOf(o.pods);
  if (running > 0) return undefined;
  if (o.podsRefused !== undefined) {
    return {
      reason: "LanesRefused",
      message: `the cluster refuses the lanes' pods (${o.podsRefused}): raise the quota, or lower execution.lanes or execution.resources`,
    };
  }
  if (trouble) return trouble;
  const current = o.jobs.at(-1);
  const failed = current?.status?.conditions?.find(({ type, status }) => type === "Failed" && status === "True");
  if (!current || endOf(current) === undefined || !failed) return undefined;
  return {
    reason: "LanesFailing",
    message: `every lane of Job ${current.metadata.name} failed (${failed.reason ?? ""}: ${failed.message ?? ""}): see the logs of its pods`,
  };
};
