import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { say } from "../testing/terminal.ts";
import { download, type Fetched } from "./download.ts";
import type { DataSource } from "./sources.ts";

const { signal } = new AbortController();
const content: Record<string, string> = { "one.gz": "first file", "two.gz": "second file" };
const digest = (algorithm: string, text: string): string => createHash(algorithm).update(text).digest("hex");
const source: DataSource = {
  folder: "things",
  mirrors: [],
  files: [
    { name: "one.gz", bytes: 10, checksum: { algorithm: "sha256", hex: digest("sha256", content["one.gz"]!) } },
    { name: "two.gz", bytes: 11, checksum: { algorithm: "md5", hex: digest("md5", content["two.gz"]!) } },
  ],
};

describe("fetching data", () => {
  let folder: string;
  let server: Server;
  let mirror: string;
  let asked: string[];

  /** A mirror; `wrong/` serves other bytes than it should. */
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "allot-fetch-"));
    asked = [];
    server = createServer((request, response) => {
      const { url = "" } = request;
      asked.push(url);
      const text = content[path.basename(url)];
      if (text === undefined) response.writeHead(404).end();
      else response.end(url.startsWith("/wrong/") ? `${text}!` : text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  const fetchAll = async (mirrors: string[]): Promise<Fetched[]> => {
    const fetched: Fetched[] = [];
    for await (const file of download(source, { mirrors, target: folder, signal })) fetched.push(file);
    return fetched;
  };

  it("checks every file, writes it whole, and leaves what is right already", async () => {
    const first = await fetchAll([`${mirror}/right/`]);
    expect(first.map(({ name, state }) => [name, state])).toEqual([
      ["one.gz", "fetched"],
      ["two.gz", "fetched"],
    ]);
    expect(await readFile(path.join(folder, "things", "one.gz"), "utf8")).toBe("first file");
    await writeFile(path.join(folder, "things", "two.gz"), "half");
    asked = [];
    const second = await fetchAll([`${mirror}/right`]);
    expect(second.map(({ state }) => state)).toEqual(["present", "fetched"]);
    expect(asked).toEqual(["/right/two.gz"]);
    expect(await readdir(path.join(folder, "things"))).toEqual(["one.gz", "two.gz"]);
  });

  it("goes on to the next mirror when one is wrong, empty or not there", async () => {
    const gone = "http://127.0.0.1:9/";
    await fetchAll([gone, `${mirror}/wrong/`, `${mirror}/right/`]);
    expect(asked.slice(0, 2)).toEqual(["/wrong/one.gz", "/right/one.gz"]);
  });

  it("names every mirror and its reason when none gives the right bytes, and writes nothing", async () => {
    const failure = await fetchAll(["http://127.0.0.1:9/", `${mirror}/wrong/`]).catch((error: unknown) => error);
    const { message } = failure as Error;
    expect(message).toContain("could not fetch one.gz");
    expect(message).toContain("http://127.0.0.1:9/one.gz: fetch failed (");
    expect(message).toContain(`${mirror}/wrong/one.gz: sha256 is ${digest("sha256", "first file!")}, want ${digest("sha256", "first file")}`);
    expect(message).toContain("--mirror");
    expect(await readdir(path.join(folder, "things"))).toEqual([]);
  });

  it("is exit code 3 on the command line", async () => {
    const said = await say(["data", "fetch", "mnist", "--mirror", `${mirror}/right/`], { cwd: folder, environment: { XDG_CACHE_HOME: folder } });
    expect(said.code).toBe(3);
    expect(said.err).toContain("train-images-idx3-ubyte.gz: HTTP 404");
  });
});
