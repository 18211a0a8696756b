import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Package to exact version. */
export type Pins = Readonly<Record<string, string>>;

/** Of TensorFlow's own pins these are not in the image; requirements.txt says why. */
const leftOut = ["nvidia-cuda-nvcc-cu12", "nvidia-curand-cu12", "nvidia-nccl-cu12"];

/** The pins of a requirements file. @throws Error for a line without a sha256 */
export const pinsOf = (requirements: string): Pins => {
  const lines = readFileSync(requirements, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, version] = /^([\w-]+)==(\S+) --hash=sha256:[0-9a-f]{64}$/.exec(line) ?? [];
      if (name === undefined || version === undefined) throw new Error(`${requirements}: ${line}: write <package>==<version> --hash=sha256:<64 digits>`);
      return [name, version];
    }),
  );
};

/** TensorFlow's own pins of CUDA's libraries, as its wheel says: extra `and-cuda`. @param wheels folder of the wheels. */
export const cudaPinsOf = (wheels: string, tensorflow: string): Pins => {
  const ask = `
import pathlib, sys, zipfile
[wheel] = pathlib.Path(sys.argv[1]).glob("tensorflow-*.whl")
print(zipfile.ZipFile(wheel).read(f"tensorflow-{sys.argv[2]}.dist-info/METADATA").decode())
`;
  const metadata = execFileSync("python3", ["-c", ask, join(wheels), tensorflow], { encoding: "utf8", maxBuffer: 1 << 24 });
  return Object.fromEntries(
    [...metadata.matchAll(/^Requires-Dist: ([\w-]+) ?\(?==([\d.]+)\)? ?; extra == .and-cuda.$/gm)].map(([, name, version]) => [name!, version!]),
  );
};

/** Where pins are not TensorFlow's own, in words; nothing where all is well. */
export const departures = (pins: Pins, cuda: Pins): string[] => {
  const wanted = Object.entries(cuda).filter(([name]) => !leftOut.includes(name));
  const here = Object.entries(pins).filter(([name]) => name.startsWith("nvidia-"));
  return [
    ...wanted
      .filter(([name, version]) => pins[name] !== version)
      .map(([name, version]) => `TensorFlow wants ${name} ${version}, and ${pins[name] ?? "none"} is pinned`),
    ...here.filter(([name]) => cuda[name] === undefined).map(([name]) => `${name} is pinned, and TensorFlow does not ask for it`),
  ];
};
