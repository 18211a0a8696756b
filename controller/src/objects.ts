import type { KubeObject, ObjectMeta, ResourceType } from "@allot/kube";
import type { SweepStatus } from "@allot/spec";

export type Metadata = ObjectMeta;

/** A Sweep as the API server holds it; what is in `spec` is for `accept` to judge. */
export interface SweepObject extends KubeObject {
  readonly spec: unknown;
  readonly status?: SweepStatus;
}

export interface JobCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

/** The parts of a Job that the controller reads or writes. */
export interface Job extends KubeObject {
  readonly spec: {
    readonly completions: number;
    readonly parallelism: number;
    readonly suspend: boolean;
    readonly template: PodTemplate;
    readonly [field: string]: unknown;
  };
  readonly status?: {
    readonly active?: number;
    readonly succeeded?: number;
    readonly failed?: number;
    readonly failedIndexes?: string;
    readonly startTime?: string;
    readonly conditions?: readonly JobCondition[];
  };
}

/** Free-form, as `execution.template` may set any field of it. */
export interface PodTemplate {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface ContainerStatus {
  readonly name: string;
  readonly restartCount?: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: { readonly exitCode: number; readonly reason?: string; readonly message?: string; readonly finishedAt?: string };
}

/** The parts of a Pod that the controller reads. */
export interface Pod extends KubeObject {
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly startTime?: string;
    readonly conditions?: readonly JobCondition[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

/** Kueue's record of a Job that waits for, or has, its share of the cluster. */
export interface Workload extends KubeObject {
  readonly spec?: { readonly active?: boolean; readonly queueName?: string };
  readonly status?: { readonly conditions?: readonly JobCondition[] };
}

export const sweeps: ResourceType<SweepObject> = { group: "allot.dev", version: "v1alpha1", plural: "sweeps", kind: "Sweep", namespaced: true };
export const sweepJobs: ResourceType<Job> = { group: "batch", version: "v1", plural: "jobs", kind: "Job", namespaced: true };
export const lanePods: ResourceType<Pod> = { group: "", version: "v1", plural: "pods", kind: "Pod", namespaced: true };
