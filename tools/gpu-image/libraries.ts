import { execFileSync } from "node:child_process";
import { type Container, runIn } from "./container.ts";

/** Each function returns an absl::StatusOr<void*> through a pointer: a status and, where that is fine, a handle. */
const open = `
import ctypes, json, re, subprocess, sys
files = [f"{sys.argv[1]}/libtensorflow_{name}.so.2" for name in ("cc", "framework")]
symbols = subprocess.run(["nm", "--dynamic", "--defined-only", files[1]], capture_output=True, check=True, text=True).stdout
functions = set(re.findall(r" (\\w+CachedDsoLoader\\d+Get(Cu\\w+?)DsoHandleEv)$", symbols, re.MULTILINE))
[_, framework] = [ctypes.CDLL(file, ctypes.RTLD_GLOBAL) for file in files]
opened = {}
for function, name in sorted(functions, key=lambda pair: pair[1]):
    result = (ctypes.c_void_p * 2)()
    framework[function](ctypes.byref(result))
    opened[name] = result[1] is not None
print(json.dumps(opened))
`;

/**
 * What TensorFlow opens when it meets a GPU, opened on this machine by the very functions that do: which of CUDA's libraries, and
 * whether it was found. @param folder of TensorFlow's libraries.
 */
export const openedBy = (folder: string): Readonly<Record<string, boolean>> => {
  // With nothing that could have the loader look elsewhere.
  const env = { PATH: process.env["PATH"] };
  return JSON.parse(execFileSync("python3", ["-c", open, folder], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], env }));
};

/** Names of all that a library is linked with, all the way down, as the image's own loader finds them. @throws Error with the loader's words where one is not there */
export const linkedWith = (container: Container, library: string): string[] => {
  const { status, stdout, stderr } = runIn(container, ["/lib64/ld-linux-x86-64.so.2", "--list", library]);
  if (status !== 0) throw new Error(stderr.trim());
  return [...stdout.matchAll(/^\s*(\S+) => \//gm)].map((match) => match[1]!);
};
