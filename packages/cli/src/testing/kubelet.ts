import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import https from "node:https";
import os from "node:os";
import path from "node:path";
import type { ControlPlane } from "@allot/testbed";

/** The logs of a node that runs nothing: what the API server asks a kubelet for when it is asked for a pod's log. */
export interface LogNode {
  readonly name: string;
  /** Makes a pod of a sweep's lane that runs on the node and has logged the lines. */
  lane(namespace: string, name: string, o: { sweep: string; lines: readonly string[] }): Promise<void>;
  /** The pod logs one more line; whoever follows it gets it. */
  log(name: string, line: string): void;
  stop(): Promise<void>;
}

const addressOf = (): string => {
  const addresses = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []);
  const found = addresses.find(({ family, internal }) => family === "IPv4" && !internal);
  if (!found) throw new Error("this machine has no address but loopback, and the API server asks no node there");
  return found.address;
};

export const startLogNode = async (plane: ControlPlane): Promise<LogNode> => {
  const name = "logs";
  const logs = new Map<string, string[]>();
  const followers = new Map<string, Set<ServerResponse>>();
  const certificates = path.join(plane.folder, "certificates");
  const [cert, key] = await Promise.all(["apiserver.crt", "apiserver.key"].map(async (file) => readFile(path.join(certificates, file))));
  const server = https.createServer({ cert: cert!, key: key! }, (request, response) => {
    // /containerLogs/<namespace>/<pod>/<container>
    const { pathname, searchParams } = new URL(request.url ?? "", "https://node");
    const pod = pathname.split("/")[3] ?? "";
    response.writeHead(200, { "Content-Type": "text/plain" });
    response.write((logs.get(pod) ?? []).map((line) => `${line}\n`).join(""));
    if (searchParams.get("follow") !== "true") {
      response.end();
      return;
    }
    const set = followers.get(pod) ?? new Set<ServerResponse>();
    followers.set(pod, set.add(response));
    response.on("close", () => set.delete(response));
  });
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, "0.0.0.0", resolve);
  await listening;
  const address = server.address();
  const Port = typeof address === "object" && address ? address.port : 0;
  const give = async (object: object): Promise<string> => plane.kubectl(["create", "-f", "-"], { input: JSON.stringify(object) });
  const setStatus = async (args: readonly string[], status: object): Promise<string> =>
    plane.kubectl(["patch", ...args, "--subresource=status", "--type=merge", "-p", JSON.stringify({ status })]);
  await give({ apiVersion: "v1", kind: "Node", metadata: { name } });
  await setStatus(["node", name], { addresses: [{ type: "InternalIP", address: addressOf() }], daemonEndpoints: { kubeletEndpoint: { Port } } });
  return {
    name,
    lane: async (namespace, pod, { sweep, lines }) => {
      logs.set(pod, [...lines]);
      const spec = { nodeName: name, containers: [{ name: "lane", image: "allot/worker:0.1.0" }] };
      await give({ apiVersion: "v1", kind: "Pod", metadata: { name: pod, namespace, labels: { "allot.dev/sweep": sweep } }, spec });
      await setStatus(["pod", pod, "-n", namespace], { phase: "Running" });
    },
    log: (pod, line) => {
      logs.get(pod)?.push(line);
      for (const follower of followers.get(pod) ?? []) follower.write(`${line}\n`);
    },
    stop: async () => {
      const { promise: closed, resolve: done } = Promise.withResolvers<void>();
      server.close(() => done());
      server.closeAllConnections();
      await closed;
    },
  };
};
