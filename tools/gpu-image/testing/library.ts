import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** For tests: compiles a shared library into a folder, linked with others there, which it finds in `runPath`. @returns its path. */
export const compileLibrary = (
  folder: string,
  name: string,
  { needs = [], runPath = "$ORIGIN" }: { needs?: readonly string[]; runPath?: string } = {},
): string => {
  const [source, target] = [join(folder, `${name}.c`), join(folder, `${name}.so`)];
  writeFileSync(source, `int ${name}(void) { return 1; }`);
  const links = needs.map((need) => `-l:${need}.so`);
  execFileSync("gcc", [
    "-shared",
    "-fPIC",
    `-Wl,-soname,${name}.so`,
    source,
    `-L${folder}`,
    "-Wl,--no-as-needed",
    ...links,
    `-Wl,-rpath,${runPath}`,
    "-o",
    target,
  ]);
  return target;
};
