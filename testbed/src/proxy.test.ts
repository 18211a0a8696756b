import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Proxy, startProxy } from "./proxy.ts";

let echo: Server;
let proxy: Proxy;

beforeEach(async () => {
  echo = createServer((socket) => void socket.on("error", () => undefined).pipe(socket)).listen(0, "127.0.0.1");
  await once(echo, "listening");
  proxy = await startProxy(`127.0.0.1:${(echo.address() as AddressInfo).port}`);
});
afterEach(async () => {
  await proxy.stop();
  await new Promise((resolve) => echo.close(resolve));
});

const say = async (socket: ReturnType<typeof connect>, word: string): Promise<string> => {
  socket.write(word);
  const [answer]: unknown[] = await once(socket, "data");
  return String(answer);
};

describe("a proxy", () => {
  it("passes on what both sides say", async () => {
    const client = connect(proxy.port, "127.0.0.1");
    expect(await say(client, "hello")).toBe("hello");
    const closed = once(client, "close");
    client.end();
    await closed;
  });

  it("resets the connections that are open, and no later one", async () => {
    const client = connect(proxy.port, "127.0.0.1");
    await say(client, "hello");
    const failed = once(client, "error");
    proxy.cut();
    expect(String(await failed.catch((error: unknown) => error))).toContain("ECONNRESET");
    const next = connect(proxy.port, "127.0.0.1");
    expect(await say(next, "again")).toBe("again");
    next.destroy();
  });

  it("refuses connections until it is told not to, and leaves those that are open", async () => {
    const open = connect(proxy.port, "127.0.0.1");
    await say(open, "hello");
    proxy.refuse(true);
    const refused = connect(proxy.port, "127.0.0.1");
    const [error]: unknown[] = await once(refused, "error");
    expect(error).toMatchObject({ code: "ECONNRESET" });
    expect(await say(open, "still")).toBe("still");
    open.destroy();
    proxy.refuse(false);
    const next = connect(proxy.port, "127.0.0.1");
    expect(await say(next, "again")).toBe("again");
    next.destroy();
  });
});
