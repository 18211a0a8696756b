import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { dockerArchive, type Image } from "./docker-archive.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "allot-archive-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Unpacks with the system's own tar. */
const unpack = (archive: string, name: string): string => {
  const target = join(folder, name);
  execFileSync("sh", ["-c", 'mkdir "$1" && tar -xf "$0" -C "$1"', archive, target]);
  return target;
};

it("writes what other programs read: one layer, its digest, and how it starts", async () => {
  const program = join(folder, "program");
  writeFileSync(program, "x".repeat(1000));
  chmodSync(program, 0o700);
  symlinkSync(program, join(folder, "link"));
  const long = `/app/${"folder/".repeat(20)}file`;
  const image: Image = {
    name: "some/image:1",
    files: [
      { path: "/app/program", from: join(folder, "link") },
      { path: long, text: "text" },
      { path: "/etc/empty", text: "" },
    ],
    entrypoint: ["/app/program"],
    env: { PATH: "/app" },
    user: "65532:65532",
    workingDirectory: "/app",
  };
  await dockerArchive(image, join(folder, "images", "a.tar"));
  expect(readdirSync(join(folder, "images"))).toEqual(["a.tar"]);

  const outer = unpack(join(folder, "images", "a.tar"), "outer");
  const [{ Config, RepoTags, Layers }] = JSON.parse(readFileSync(join(outer, "manifest.json"), "utf8"));
  expect({ RepoTags, Layers }).toEqual({ RepoTags: ["some/image:1"], Layers: ["layer.tar"] });
  const config = readFileSync(join(outer, Config));
  expect(Config).toBe(`${sha256(config)}.json`);
  expect(JSON.parse(config.toString())).toMatchObject({
    os: "linux",
    config: { Entrypoint: ["/app/program"], Env: ["PATH=/app"], User: "65532:65532", WorkingDir: "/app" },
    rootfs: { type: "layers", diff_ids: [`sha256:${sha256(readFileSync(join(outer, "layer.tar")))}`] },
  });

  const root = unpack(join(outer, "layer.tar"), "root");
  expect(readFileSync(join(root, "app/program"), "utf8")).toBe("x".repeat(1000));
  expect(statSync(join(root, "app/program")).mode & 0o777).toBe(0o755);
  expect(statSync(join(root, "app")).mode & 0o777).toBe(0o755);
  expect(readFileSync(join(root, long), "utf8")).toBe("text");
  expect(readFileSync(join(root, "etc/empty"), "utf8")).toBe("");

  await dockerArchive(image, join(folder, "again.tar"));
  expect(sha256(readFileSync(join(folder, "again.tar")))).toBe(sha256(readFileSync(join(folder, "images", "a.tar"))));
});

it("refuses a path that the format can't hold", async () => {
  const files = [{ path: `/${"x".repeat(101)}`, text: "" }];
  await expect(dockerArchive({ name: "a:1", files, entrypoint: [], user: "1:1" }, join(folder, "a.tar"))).rejects.toThrow("too long for a ustar archive");
  expect(readdirSync(folder)).toEqual([]);
});
