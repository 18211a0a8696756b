import type { Cluster } from "./cluster.ts";

export const controllerUser = "system:serviceaccount:allot-system:allot-controller";

/** Writes of the controller to the API server, but for its Lease: that one goes by the clock. */
export const controllerWrites = (requests: Awaited<ReturnType<Cluster["requests"]>>): number =>
  requests.filter(({ verb, user, objectRef, stage }) => {
    const own = user.username === controllerUser && objectRef?.resource !== "leases";
    return own && stage === "ResponseComplete" && ["create", "update", "patch", "delete"].includes(verb);
  }).length;
