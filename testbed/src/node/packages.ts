import { existsSync } from "node:fs";
import { run } from "../process/run.ts";

/** Programs of a node that no registry of modules has, and the Debian packages they come in. */
const needed = { "/usr/bin/containerd": "containerd", "/usr/sbin/runc": "runc", "/usr/lib/cni/bridge": "containernetworking-plugins" } as const;

const missing = (): string[] => Object.entries(needed).flatMap(([file, name]) => (existsSync(file) ? [] : [name]));

/** Installs what a node needs where it is missing. @throws Error that names the packages when it can't */
export const installNodePackages = async (): Promise<void> => {
  const absent = missing();
  if (absent.length === 0) return;
  const mayInstall = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (!mayInstall) throw new Error(`testbed: a real node needs the packages ${absent.join(", ")}: install them, or run as root on Debian`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update", "-qq"], { env });
  await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...absent], { env });
  const still = missing();
  if (still.length > 0) throw new Error(`testbed: ${still.join(", ")} did not bring what a node needs: ${Object.keys(needed).join(", ")}`);
};
