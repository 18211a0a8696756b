import type { Metadata } from "./objects.ts";

/** Names by which Allot's objects are known in a cluster. */
export const fieldManager = "allot-controller";
export const finalizer = "allot.dev/drain";
export const sweepLabel = "allot.dev/sweep";
/** On a Job: which of the sweep's Jobs, counted from 1, it is. */
export const generationLabel = "allot.dev/job-generation";
/** On a Job: hash of its pod template, to see when the manifest asks for another one. */
export const templateAnnotation = "allot.dev/template";
export const queueLabel = "kueue.x-k8s.io/queue-name";
export const priorityLabel = "kueue.x-k8s.io/priority-class";

/** Namespace and name, as the work queue knows a sweep. */
export const keyOf = ({ namespace, name }: Pick<Metadata, "namespace" | "name">): string => `${namespace ?? "default"}/${name}`;

/** Where a sweep's results are below its store: `<namespace>/<name>-<uid8>`. */
export const placeOf = ({ namespace, name, uid }: Pick<Metadata, "namespace" | "name" | "uid">): string =>
  `${namespace ?? "default"}/${name}-${(uid ?? "").slice(0, 8)}`;

/** The sweep's Jobs, one after the other. */
export const jobName = (sweep: string, generation: number): string => `${sweep}-${generation}`;

/** What the lanes of a sweep get from the install: NATS, and the store where the namespace names none. */
export const lanesSecretName = (sweep: string): string => `${sweep}-lanes`;
