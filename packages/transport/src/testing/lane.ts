/**
 * A lane process for the conformance suite. It connects to its parent's transport and serves what it got back to
 * the parent, so that every call of a test goes through this process, and ends with it.
 */
import { connectTransport, serveTransport } from "../index.ts";
import { channel } from "./channel.ts";

serveTransport(connectTransport(channel(process, "down"), { measurementPoints: 1000 }), channel(process, "up"));
process.send?.({ ready: true });
process.once("disconnect", () => process.exit(0));
