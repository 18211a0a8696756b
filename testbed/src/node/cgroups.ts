import { readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";

const mount = "/sys/fs/cgroup";

/** Removes the control groups of containers that ended with a node, not by their runtime. @param folder the node's. */
export const removeCgroups = async (folder: string): Promise<void> => {
  const tasks = join(folder, "containerd", "io.containerd.runtime.v2.task", "k8s.io");
  // Version 1 has a tree per controller, version 2 one.
  const trees = [mount, ...(await readdir(mount)).map((name) => join(mount, name))];
  for (const container of await readdir(tasks).catch(() => [])) {
    await Promise.allSettled(trees.map(async (tree) => rmdir(join(tree, "k8s.io", container))));
  }
};
