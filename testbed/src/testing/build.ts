/** Builds the Go module in the folder that is named first, and prints where its program is. */
import { built } from "../build/programs.ts";

const [folder = ""] = process.argv.slice(2);
process.stdout.write(await built({ name: "tiny", programs: { tiny: "." }, from: { folder }, variables: { "main.word": "linked" } }));
