import type { CoreV1Event, V1ConfigMap, V1CustomResourceDefinition, V1Job, V1Lease, V1Namespace, V1Pod, V1Secret } from "@kubernetes/client-node";

/** What every object carries, as JSON has it: times are RFC 3339 strings. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: unknown[];
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** A type of client-node as the server sends it: client-node turns times into `Date` in some calls and leaves them strings in others; here they are strings. */
type Wire<T> = T extends Date ? string : T extends (infer U)[] ? Wire<U>[] : T extends object ? { [K in keyof T]: Wire<T[K]> } : T;
type BuiltIn<T> = Omit<Wire<T>, "apiVersion" | "kind" | "metadata"> & KubeObject;

export type Pod = BuiltIn<V1Pod>;
export type Job = BuiltIn<V1Job>;
export type Secret = BuiltIn<V1Secret>;
export type ConfigMap = BuiltIn<V1ConfigMap>;
export type Lease = BuiltIn<V1Lease>;
export type Namespace = BuiltIn<V1Namespace>;
export type Event = BuiltIn<CoreV1Event>;
export type CustomResourceDefinition = BuiltIn<V1CustomResourceDefinition>;

type DeepPartial<T> = T extends (infer U)[] ? U[] : T extends object ? { [K in keyof T]?: DeepPartial<T[K]> } : T;

/** What a caller gives to write an object: `apiVersion` and `kind` come from the resource, all else is optional but the name. */
export type Draft<T extends KubeObject> = DeepPartial<Omit<T, "metadata" | "apiVersion" | "kind">> & { metadata: ObjectMeta };

/** Where the API keeps objects of one kind. */
export interface ResourceType<T extends KubeObject> {
  /** API group, empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Lower-case plural, as in the path. */
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Never set: carries the type of the objects. */
  readonly object?: T;
}

export const pods: ResourceType<Pod> = { group: "", version: "v1", plural: "pods", kind: "Pod", namespaced: true };
export const secrets: ResourceType<Secret> = { group: "", version: "v1", plural: "secrets", kind: "Secret", namespaced: true };
export const configMaps: ResourceType<ConfigMap> = { group: "", version: "v1", plural: "configmaps", kind: "ConfigMap", namespaced: true };
export const events: ResourceType<Event> = { group: "", version: "v1", plural: "events", kind: "Event", namespaced: true };
export const namespaces: ResourceType<Namespace> = { group: "", version: "v1", plural: "namespaces", kind: "Namespace", namespaced: false };
export const jobs: ResourceType<Job> = { group: "batch", version: "v1", plural: "jobs", kind: "Job", namespaced: true };
export const leases: ResourceType<Lease> = { group: "coordination.k8s.io", version: "v1", plural: "leases", kind: "Lease", namespaced: true };
export const customResourceDefinitions: ResourceType<CustomResourceDefinition> = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  namespaced: false,
};

/** `namespace/name`, or `name` where there is no namespace: what caches and queues go by. */
export const keyOf = (object: { readonly metadata: { readonly name: string; readonly namespace?: string } }): string =>
  object.metadata.namespace === undefined ? object.metadata.name : `${object.metadata.namespace}/${object.metadata.name}`;

/** The parts of a key made by `keyOf`. */
export const parseKey = (key: string): { name: string; namespace?: string } => {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
};
