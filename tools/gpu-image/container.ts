import { spawnSync } from "node:child_process";

/** An image laid out in a folder, and what a process in it gets. */
export interface Container {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  /** `uid:gid`. */
  readonly user: string;
}

/** As a lane's pod: nothing can be written but /tmp, and of devices there are only those that every container has. */
const script = `
set -eu
root=$1 user=$2
shift 2
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/dev"
for device in null zero random urandom; do
  : > "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
exec chroot --userspec="$user" --groups="\${user#*:}" "$root" "$@"
`;

/** Runs a program of an image to its end, with the image's own files only. Wants root. */
export const runIn = ({ root, env, user }: Container, command: readonly string[]): { status: number | null; stdout: string; stderr: string } => {
  const apart = ["--mount", "--pid", "--fork", "--kill-child", "--net"];
  const { status, stdout, stderr, error } = spawnSync("unshare", [...apart, "sh", "-c", script, "sh", root, user, ...command], { env, encoding: "utf8" });
  if (error) throw error;
  return { status, stdout, stderr };
};
