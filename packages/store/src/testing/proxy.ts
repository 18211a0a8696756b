import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";

/** What happens to a request on its way; `forward` sends it to the server and gives the answer. */
export type Meddle = (incoming: IncomingMessage, o: { forward: () => Promise<Answer>; reply: (answer: Answer) => void; drop: () => void }) => Promise<void>;

export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

const readAll = async (stream: AsyncIterable<Buffer>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** Sends a request on as it came: the signature covers the host it was meant for, so that stays. */
const forwardTo = async (endpoint: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> => {
  const outgoing = request(new URL(url ?? "/", endpoint), { method, headers, agent: false });
  // The server may answer before it has read everything, and close.
  outgoing.on("error", () => undefined);
  outgoing.end(body);
  const [answer]: IncomingMessage[] = await once(outgoing, "response");
  if (!answer) throw new Error("no answer");
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await readAll(answer) };
};

const replyWith = (response: ServerResponse, { status, headers, body }: Answer): void => {
  response.writeHead(status, headers);
  response.end(body);
};

/** A way to the S3 server on which things go wrong. */
export const startProxy = async (endpoint: string, meddle: Meddle): Promise<{ endpoint: string; close(): Promise<void> }> => {
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readAll(incoming);
    await meddle(incoming, {
      forward: async () => forwardTo(endpoint, incoming, body),
      reply: (answer) => replyWith(response, answer),
      drop: () => incoming.socket.destroy(),
    });
  };
  const server = createServer((incoming, response) => void handle(incoming, response).catch(() => incoming.socket.destroy()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};

/** The endpoint of such a way, which closes with the test. */
export const proxyOfTest = async (endpoint: string, meddle: Meddle): Promise<string> => {
  const proxy = await startProxy(endpoint, meddle);
  onTestFinished(async () => proxy.close());
  return proxy.endpoint;
};

/** An error as S3 servers write it. */
export const s3Error = (status: number, code: string): Answer => ({
  status,
  headers: { "content-type": "application/xml" },
  body: Buffer.from(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>said the server</Message></Error>`),
});
