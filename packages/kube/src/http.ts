import type { ClientRequest, IncomingMessage } from "node:http";
import http from "node:http";
import type { RequestOptions } from "node:https";
import https from "node:https";
import { refusal, unreachable } from "./errors.ts";
import type { Access } from "./kubeconfig.ts";

export interface Request {
  readonly signal: AbortSignal;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body?: { readonly type: string; readonly text: string };
}

/** A server that says nothing for this long, while an answer is due, is taken for gone. */
const patienceMilliseconds = 30_000;

/** Sends requests to one API server over kept connections. */
export class HttpClient {
  readonly access: Access;
  readonly #agent: http.Agent;

  constructor(access: Access) {
    this.access = access;
    // The pool goes by the certificates too, so renewed ones are used at once.
    this.#agent = access.server.startsWith("http:") ? new http.Agent({ keepAlive: true }) : new https.Agent({ keepAlive: true });
  }

  /** The whole answer. @throws KubeError */
  async text(request: Request): Promise<string> {
    const response = await this.#send(request);
    return this.#read(request, response);
  }

  /** Lines of the answer as they come, for as long as they come. @throws KubeError */
  async *lines(request: Request): AsyncGenerator<string, void, undefined> {
    const response = await this.#send(request);
    response.setTimeout(0);
    response.setEncoding("utf8");
    let rest = "";
    try {
      for await (const chunk of response as AsyncIterable<string>) {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop() ?? "";
        yield* lines;
      }
    } catch (error) {
      throw this.#broken(request, error);
    }
    if (rest !== "") yield rest;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Resolves with an answer of status 2xx once its headers are in. */
  async #send(request: Request): Promise<IncomingMessage> {
    for (;;) {
      request.signal.throwIfAborted();
      const sent = await this.#start(request);
      try {
        const response = await answerTo(sent);
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) return response;
        throw refusal({ status, text: await this.#read(request, response), server: this.access.server, path: request.path });
      } catch (error) {
        if (isStale(sent, error) && request.method !== "POST") continue;
        throw this.#broken(request, error);
      }
    }
  }

  async #start({ method, path, body, signal }: Request): Promise<ClientRequest> {
    const options: RequestOptions = { method, signal, headers: { Accept: "application/json", "User-Agent": this.access.userAgent } };
    await this.access.authorize(options);
    if (!this.access.proxied) options.agent = this.#agent;
    const { request } = this.access.server.startsWith("http:") ? http : https;
    const sent = request(`${this.access.server}${path}`, options);
    sent.setTimeout(patienceMilliseconds, () => sent.destroy(new Error(`no answer within ${patienceMilliseconds / 1000} s`)));
    if (body) {
      sent.setHeader("Content-Type", body.type);
      // Node leaves it out for DELETE, and the body would be read as the next request.
      sent.setHeader("Content-Length", Buffer.byteLength(body.text));
    }
    sent.end(body?.text);
    return sent;
  }

  async #read(request: Request, response: IncomingMessage): Promise<string> {
    response.setEncoding("utf8");
    let text = "";
    try {
      for await (const chunk of response as AsyncIterable<string>) text += chunk;
    } catch (error) {
      throw this.#broken(request, error);
    }
    return text;
  }

  /** What the caller should see of an error: the signal's reason, a refusal, or that the server can't be reached. */
  #broken({ signal }: Request, error: unknown): unknown {
    return signal.aborted ? signal.reason : unreachable(this.access.server, error);
  }
}

const answerTo = async (request: ClientRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request.once("response", resolve);
    // Stays: an error after the answer has begun reaches the reader of the answer, and must not end the process here.
    request.on("error", reject);
  });

/** A kept connection that the server had already closed: nothing was processed on it, another one will do. */
const isStale = (request: ClientRequest, error: unknown): boolean =>
  request.reusedSocket && error instanceof Error && "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");
