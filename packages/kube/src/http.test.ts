import { once } from "node:events";
import type { RequestListener, Server } from "node:http";
import { createServer } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { HttpClient } from "./http.ts";

const { signal } = new AbortController();

describe("a streamed answer", () => {
  let server: Server;
  let http: HttpClient;
  afterEach(async () => {
    http.close();
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const serve = async (listener: RequestListener): Promise<void> => {
    server = createServer(listener).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the server has no port");
    http = new HttpClient({
      server: `http://127.0.0.1:${address.port}`,
      namespace: "default",
      userAgent: "test",
      proxied: false,
      authorize: async () => undefined,
    });
  };
  const read = async (): Promise<string[]> => {
    const lines: string[] = [];
    for await (const line of http.lines({ method: "GET", path: "/", signal })) lines.push(line);
    return lines;
  };

  it("comes in lines, wherever its bytes were cut", async () => {
    const bytes = Buffer.from("one\n\nzwölf 🐘\nlast without an end");
    await serve((_, response) => {
      let at = 0;
      const next = (): void => {
        if (at === bytes.length) response.end();
        else response.write(bytes.subarray(at, ++at), () => setImmediate(next));
      };
      next();
    });
    expect(await read()).toEqual(["one", "", "zwölf 🐘", "last without an end"]);
  });

  it("that breaks off is an error, after the lines that came", async () => {
    await serve((_, response) => {
      response.write("one\ntw", () => response.socket?.resetAndDestroy());
    });
    const lines = http.lines({ method: "GET", path: "/", signal });
    expect(await lines.next()).toEqual({ value: "one", done: false });
    await expect(lines.next()).rejects.toMatchObject({ reason: "Unreachable" });
  });

  it("is let go of when its reader stops", async () => {
    const closed = Promise.withResolvers<void>();
    await serve((_, response) => {
      response.on("close", () => closed.resolve());
      response.write("one\n");
    });
    for await (const line of http.lines({ method: "GET", path: "/", signal })) {
      expect(line).toBe("one");
      break;
    }
    await closed.promise;
  });

  it("that is no answer of an API server is quoted in the error", async () => {
    await serve((_, response) => {
      response.statusCode = 502;
      response.end("<h1>Bad gateway</h1>");
    });
    await expect(read()).rejects.toThrow("answered / with status 502: <h1>Bad gateway</h1>");
    await expect(read()).rejects.toMatchObject({ status: 502, reason: "Unknown" });
  });

  it("to wrong credentials says what to renew", async () => {
    await serve((_, response) => {
      response.statusCode = 401;
      response.end("{}");
    });
    await expect(read()).rejects.toThrow("does not accept the credentials: renew those of the kubeconfig");
  });
});
