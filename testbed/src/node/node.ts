import { mkdir } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { program } from "../build/programs.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { nodeName } from "../control-plane/credentials.ts";
import { dockerArchive } from "../images/docker-archive.ts";
import { librariesOf } from "../images/host.ts";
import { allGone, childrenOf } from "../process/processes.ts";
import { run } from "../process/run.ts";
import type { Server } from "../process/server.ts";
import { startOnPorts } from "../process/server.ts";
import { removeCgroups } from "./cgroups.ts";
import { configureContainerd, pauseImage, socketIn } from "./containerd.ts";
import { configureKubelet } from "./kubelet.ts";
import { installNodePackages } from "./packages.ts";

/** A node that runs real containers. Its pods use the host's network. */
export interface RealNode extends Server {
  readonly name: string;
  /** Makes an image of a docker-archive file known; pods name it with `imagePullPolicy: Never`. */
  importImage(archive: string): Promise<void>;
}

/** An address of this machine that is not loopback: the API server refuses to ask a kubelet there. */
const machineAddress = (): string => {
  const address = Object.values(networkInterfaces())
    .flat()
    .find((one) => one !== undefined && one.family === "IPv4" && !one.internal)?.address;
  if (address === undefined) throw new Error("testbed: a real node needs an address that is not loopback, and this machine has none");
  return address;
};

/** What starts the first process of a new pid namespace: when it goes, containers and their shims go, and mounts with the last of them. */
const namespaces = ["--pid", "--mount", "--fork", "--kill-child", "--mount-proc"];

/** Both as children of the namespace's first process, the kubelet once there is a runtime: it gives up at a socket that one before has left. */
const script = 'rm -f "$2"; containerd --config "$1" & until [ -S "$2" ]; do sleep 0.05; done; shift 2; "$@" & wait';

/**
 * Starts containerd and a kubelet as node `testbed`; it is Ready when it resolves. Both, and all that they start and mount, live in
 * namespaces that end with them. Wants root.
 */
export const startNode = async (controlPlane: ControlPlane, { folder }: { readonly folder: string }): Promise<RealNode> => {
  await installNodePackages();
  await mkdir(folder, { recursive: true });
  const kubelet = await program("kubelet");
  const address = machineAddress();
  const containerd = await configureContainerd(folder);
  const kubeletArguments = await configureKubelet({ folder, controlPlane, address });
  const server = await startOnPorts(2, ([port, healthPort]) => ({
    name: "node",
    folder,
    command: "unshare",
    args: [
      ...namespaces,
      "sh",
      "-c",
      script,
      "node",
      containerd,
      socketIn(folder),
      kubelet,
      ...kubeletArguments,
      `--port=${port}`,
      `--healthz-port=${healthPort}`,
    ],
    ready: async (signal) => (await fetch(`http://127.0.0.1:${healthPort}/healthz`, { signal })).ok,
    // `unshare` takes no notice of SIGTERM.
    patience: 0,
  }));
  const importImage = async (archive: string): Promise<void> => {
    await run("ctr", ["--address", socketIn(folder), "--namespace", "k8s.io", "images", "import", archive]);
  };
  const pause = join(folder, "pause.tar");
  const sleep = { path: "/usr/bin/sleep", from: "/usr/bin/sleep" };
  await dockerArchive(
    { name: pauseImage, files: [sleep, ...(await librariesOf([sleep.from]))], entrypoint: [sleep.path, "infinity"], env: {}, user: "65532:65532" },
    pause,
  );
  await importImage(pause);
  await controlPlane.kubectl(["wait", "--for=condition=Ready", `node/${nodeName}`, "--timeout=60s"]);
  return Object.assign(server, { name: nodeName, importImage, ...endingWhole(server, folder) });
};

/** `unshare` is gone before its namespaces are. The first process in them ends after all others, and with it the last writes to the folder. */
const endingWhole = (server: Server, folder: string): Pick<Server, "kill" | "stop"> => {
  const [kill, stop] = [server.kill.bind(server), server.stop.bind(server)];
  const whole = (end: () => Promise<void>) => async (): Promise<void> => {
    const first = await childrenOf(server.pid);
    await end();
    await allGone(first);
    await removeCgroups(folder);
  };
  return { kill: whole(kill), stop: whole(stop) };
};
