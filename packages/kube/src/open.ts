import { HttpClient } from "./http.ts";
import type { Kube, LogOptions, Resource } from "./kube.ts";
import type { KubeOptions } from "./kubeconfig.ts";
import { readKubeconfig } from "./kubeconfig.ts";
import type { KubeObject, ResourceType } from "./objects.ts";
import { HttpResource, queryOf } from "./resource.ts";

/** Reads the configuration; the first request connects. @throws Error that names file or context and what to do. */
export const openKube = async (options: KubeOptions = {}): Promise<Kube> => {
  const access = await readKubeconfig(options);
  const http = new HttpClient(access);
  return {
    server: access.server,
    namespace: access.namespace,
    resource: <T extends KubeObject>(type: ResourceType<T>): Resource<T> => new HttpResource(http, type),
    request: async (path, { signal, method = "GET", body }) =>
      http.text({ signal, method, path, ...(body === undefined ? {} : { body: { type: "application/json", text: JSON.stringify(body) } }) }),
    logs: (pod, { signal, ...query }: LogOptions) => {
      const path = `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}/log${queryOf(query)}`;
      return http.lines({ signal, method: "GET", path });
    },
    close: () => http.close(),
  };
};
