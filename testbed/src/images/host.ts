import { existsSync } from "node:fs";
import { run } from "../process/run.ts";
import type { ArchiveFile } from "./tar.ts";

/** The shared libraries of programs of this machine, and the loader, where they lie here; none for a static program. */
export const librariesOf = async (programs: readonly string[]): Promise<ArchiveFile[]> => {
  // ldd fails when one of several is static, and says so for each.
  const found = await Promise.all(programs.map(async (program) => run("ldd", [program]).catch(() => "")));
  const paths = new Set(found.flatMap((text) => [...text.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] ?? "")));
  return [...paths].toSorted().map((path) => ({ path, from: path }));
};

/** Accounts, and the certificates that others are trusted by where this machine has them. */
export const systemFiles = (): ArchiveFile[] => {
  const accounts = "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n";
  const certificates = "/etc/ssl/certs/ca-certificates.crt";
  return [{ path: "/etc/passwd", text: accounts }, ...(existsSync(certificates) ? [{ path: certificates, from: certificates }] : [])];
};
