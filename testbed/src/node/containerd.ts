import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The image that holds a pod's namespaces open; the node makes it itself. */
export const pauseImage = "allot/pause:1";

/** Where the runtime of a node listens. */
export const socketIn = (folder: string): string => join(folder, "containerd.sock");

/** Makes the folders and files that containerd wants; returns the configuration's path. */
export const configureContainerd = async (folder: string): Promise<string> => {
  const networks = join(folder, "networks");
  await mkdir(networks, { recursive: true });
  // Pods of the testbed use the host's network; without any network a node is never Ready.
  const bridge = { type: "bridge", bridge: "allot0", isGateway: true, ipMasq: false, ipam: { type: "host-local", ranges: [[{ subnet: "10.244.0.0/24" }]] } };
  await writeFile(join(networks, "10-testbed.conflist"), JSON.stringify({ cniVersion: "0.4.0", name: "testbed", plugins: [bridge] }));
  const config = join(folder, "containerd.toml");
  await writeFile(
    config,
    `version = 2
root = ${JSON.stringify(join(folder, "containerd"))}
state = ${JSON.stringify(join(folder, "containerd-state"))}
[grpc]
  address = ${JSON.stringify(socketIn(folder))}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${JSON.stringify(pauseImage)}
  # Else runc may not lower the score of its own child, and dies.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = ${JSON.stringify(networks)}
`,
  );
  return config;
};
