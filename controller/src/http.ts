import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { Metrics } from "./metrics.ts";

export interface HttpOptions {
  readonly port: number;
  readonly metrics: Metrics;
  /** Whether this process can take over or leads already. */
  readonly ready: () => boolean;
  readonly signal: AbortSignal;
}

/** Serves `/healthz`, `/readyz` and `/metrics` until the signal aborts. @returns the port, which the system chose where 0 was asked for. */
export const serveHttp = async ({ port, metrics, ready, signal }: HttpOptions): Promise<number> => {
  const answer: RequestListener = (request, response) => {
    const say = (status: number, text: string, type = "text/plain"): void => void response.writeHead(status, { "content-type": type }).end(text);
    switch (new URL(request.url ?? "/", "http://allot").pathname) {
      case "/healthz":
        return say(200, "ok\n");
      case "/readyz":
        return ready() ? say(200, "ok\n") : say(503, "the cluster's objects are not read yet\n");
      case "/metrics":
        metrics.text().then(
          (text) => say(200, text, metrics.registry.contentType),
          (error: unknown) => say(500, `${String(error)}\n`),
        );
        return undefined;
      default:
        return say(404, "here are /healthz, /readyz and /metrics\n");
    }
  };
  const server = createServer(answer);
  server.listen(port);
  await once(server, "listening");
  signal.addEventListener("abort", () => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
};
