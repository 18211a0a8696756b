/** Where a NATS server with JetStream is, and as whom to log in. */
export interface NatsAddress {
  /** `nats://host:port`, several with commas between. */
  readonly servers: string;
  readonly user?: string;
  readonly password?: string;
}

/** Host and port alone: an address may hold a password. */
export const shown = (servers: string): string =>
  servers
    .split(",")
    .map((server) =>
      server
        .trim()
        .replace(/^[a-z]+:\/\//, "")
        .replace(/^.*@/, ""),
    )
    .join(", ");

/** Why a server can't be used, and the fix. @param milliseconds how long its answer was waited for. */
export const causeOf = (error: unknown, milliseconds: number): string => {
  const message = error instanceof Error ? error.message : String(error);
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause.message : "";
  const said = `${message} ${inner}`.toLowerCase();
  if (said.includes("authoriz") || said.includes("authentication")) return "it refuses the login: check ALLOT_NATS_USER and ALLOT_NATS_PASSWORD";
  if (said.includes("jetstream")) return "it has no JetStream: start it with --jetstream, or enable JetStream for the account";
  if (said.includes("refused")) return "nothing listens there: start the server, or correct ALLOT_NATS_URL";
  if (said.includes("timeout")) return `no answer within ${milliseconds / 1000} s: check the network, or correct ALLOT_NATS_URL`;
  return `${inner || message}: check ALLOT_NATS_URL`;
};
