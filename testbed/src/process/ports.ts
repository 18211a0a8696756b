import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A loopback port that nothing listens on. It lies below the range from which the kernel
 * takes ports for outgoing connections, so that a server which was stopped finds it free again.
 */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(20_000, 30_000);
    if (await isFree(port)) return port;
  }
};

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer();
  const failed = once(server, "error").then(() => false);
  const listening = once(server, "listening").then(() => true);
  server.listen(port, "127.0.0.1");
  const free = await Promise.race([failed, listening]);
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
};
