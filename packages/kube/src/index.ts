export type { CacheOptions, RestartReason } from "./cache.ts";
export { Cache } from "./cache.ts";
export type { Condition } from "./conditions.ts";
export { condition, setCondition } from "./conditions.ts";
export type { Change, Indexes } from "./contents.ts";
export type { Cause } from "./errors.ts";
export { isAlreadyExists, isConflict, isExpired, isForbidden, isInvalid, isNotFound, isUnknownResource, isUnreachable, KubeError } from "./errors.ts";
export type { EventNote, EventRecorderOptions } from "./eventRecorder.ts";
export { EventRecorder } from "./eventRecorder.ts";
export type { ApplyOptions, At, DeleteOptions, Kube, ListOptions, ListPage, LogOptions, Resource, WatchEvent, WatchOptions } from "./kube.ts";
export type { KubeOptions } from "./kubeconfig.ts";
export type { LeadOptions, LeaseDurations } from "./leadership.ts";
export { lead } from "./leadership.ts";
export type {
  ConfigMap,
  CustomResourceDefinition,
  Draft,
  Event,
  Job,
  KubeObject,
  Lease,
  Namespace,
  ObjectMeta,
  OwnerReference,
  Pod,
  ResourceType,
  Secret,
} from "./objects.ts";
export { configMaps, customResourceDefinitions, events, jobs, keyOf, leases, namespaces, parseKey, pods, secrets } from "./objects.ts";
export { openKube } from "./open.ts";
export type { WorkQueueOptions } from "./queue.ts";
export { WorkQueue } from "./queue.ts";
