/** Fields of a pod that are lists of named things, and the field that names them, as Kubernetes merges them. */
const mergeKeys: Readonly<Record<string, string>> = {
  containers: "name",
  initContainers: "name",
  volumes: "name",
  env: "name",
  volumeMounts: "mountPath",
  imagePullSecrets: "name",
  ports: "containerPort",
  hostAliases: "ip",
  topologySpreadConstraints: "topologyKey",
};

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * A strategic merge patch of a pod template: objects merge field by field, `null` removes one, lists of named things merge
 * by their key (`$patch: delete` removes an item), other lists are replaced.
 */
export const strategicMerge = (base: Fields, patch: Fields): Record<string, unknown> => {
  if (patch["$patch"] === "replace") return without(patch, "$patch");
  const merged: Record<string, unknown> = { ...base };
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete merged[field];
    else merged[field] = mergeValue(field, base[field], value);
  }
  return merged;
};

const mergeValue = (field: string, base: unknown, patch: unknown): unknown => {
  const key = mergeKeys[field];
  if (key !== undefined && Array.isArray(base) && Array.isArray(patch)) return mergeList({ key, base, patch });
  if (isFields(patch)) return strategicMerge(isFields(base) ? base : {}, patch);
  return patch;
};

const mergeList = ({ key, base, patch }: { key: string; base: readonly unknown[]; patch: readonly unknown[] }): unknown[] => {
  const merged = [...base];
  for (const item of patch) {
    const at = merged.findIndex((present) => isFields(present) && isFields(item) && present[key] === item[key]);
    if (isFields(item) && item["$patch"] === "delete") {
      if (at >= 0) merged.splice(at, 1);
    } else if (at >= 0 && isFields(item)) {
      merged[at] = strategicMerge(isFields(merged[at]) ? merged[at] : {}, item);
    } else {
      merged.push(item);
    }
  }
  return merged;
};

const without = (fields: Fields, name: string): Record<string, unknown> => Object.fromEntries(Object.entries(fields).filter(([field]) => field !== name));
