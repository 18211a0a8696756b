/** Starts a NATS server in the folder that is named first, prints its pid and waits to be killed. */
import { startNats } from "../nats.ts";

const [folder = ""] = process.argv.slice(2);
const server = await startNats({ folder });
process.stdout.write(String(server.pid));
