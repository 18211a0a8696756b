import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { connect, createServer } from "node:net";

/** A TCP proxy on 127.0.0.1 whose connections a test can cut. */
export interface Proxy {
  readonly port: number;
  /** Resets every connection that is open now. */
  cut(): void;
  /** Whether new connections are reset at once, until it is called with `false`. */
  refuse(refused: boolean): void;
  stop(): Promise<void>;
}

/** @param target where connections are passed on to: `host:port`, or a URL with a port. */
export const startProxy = async (target: string): Promise<Proxy> => {
  const { hostname, port: targetPort } = new URL(target.includes("://") ? target : `tcp://${target}`);
  const open = new Set<Socket>();
  let refused = false;
  const cut = (): void => {
    for (const socket of open) socket.resetAndDestroy();
  };
  const server = createServer((client) => {
    if (refused) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(Number(targetPort), hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(socket);
      socket.setNoDelay();
      socket.pipe(other);
      socket.on("error", () => other.resetAndDestroy());
      socket.on("close", () => {
        open.delete(socket);
        other.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    cut,
    refuse: (value) => {
      refused = value;
    },
    stop: async () => {
      const closed = once(server, "close");
      server.close();
      cut();
      await closed;
    },
  };
};
