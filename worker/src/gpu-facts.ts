import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const read = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
};

const list = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

/**
 * Model of the GPUs that NVIDIA's driver shows here, and the driver's version; nothing where it is not there.
 * @param driver the driver's folder; its files are described in the driver's README, chapter "The /proc/driver/nvidia Interface".
 */
export const gpuFacts = (driver = "/proc/driver/nvidia"): { gpu?: string; driver?: string } => {
  const gpus = path.join(driver, "gpus");
  const models = list(gpus).flatMap((name) => /^Model:\s*(.+?)\s*$/m.exec(read(path.join(gpus, name, "information")))?.[1] ?? []);
  const version = /^NVRM version:.*?\s(\d+(?:\.\d+)+)\s/m.exec(read(path.join(driver, "version")))?.[1];
  return { ...(models.length > 0 ? { gpu: [...new Set(models)].join(", ") } : {}), ...(version === undefined ? {} : { driver: version }) };
};
