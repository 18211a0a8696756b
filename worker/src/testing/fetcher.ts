/** A process that fetches data as a lane would, and says where they are. */
import { fetchData } from "../data-sources.ts";

try {
  const folders = await fetchData(process.env, { signal: new AbortController().signal });
  process.send?.({ folders });
} catch (error) {
  process.send?.({ error: String(error) });
}
process.disconnect();
