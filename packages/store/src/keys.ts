/** A key or prefix that no adapter accepts: a bug of the caller. */
export class InvalidKeyError extends Error {
  override readonly name = "InvalidKeyError";
  readonly key: string;

  constructor(key: string, reason: string) {
    super(`store: "${key}" is not a valid key: ${reason}`);
    this.key = key;
  }
}

/** S3's limit on a key, in bytes (keys are ASCII). */
const longestKey = 1024;
/** What every file system can name, less room for an adapter's own suffix. */
const longestName = 200;
const allowed = /^[A-Za-z0-9._=+@-]+$/;

const nameProblem = (name: string): string | undefined => {
  if (!allowed.test(name)) return "names hold letters, digits and . _ = + @ - only, with / between them";
  // A leading dot is kept for adapters (files half written), and rules out "." and "..".
  if (name.startsWith(".")) return "a name can't start with a dot";
  if (name.length > longestName) return `a name has at most ${longestName} characters`;
  return undefined;
};

/** Throws `InvalidKeyError` unless `key` is one or more valid names joined by single slashes. */
export const checkKey = (key: string): void => {
  if (key === "") throw new InvalidKeyError(key, "it is empty");
  if (key.length > longestKey) throw new InvalidKeyError(key, `it has more than ${longestKey} characters`);
  for (const name of key.split("/")) {
    const problem = name === "" ? "a name between slashes is empty" : nameProblem(name);
    if (problem !== undefined) throw new InvalidKeyError(key, problem);
  }
};

/** As `checkKey`, for what a key may start with: empty, or ending inside or after a name. */
export const checkPrefix = (prefix: string): void => {
  if (prefix === "") return;
  checkKey(prefix.endsWith("/") ? prefix.slice(0, -1) : prefix);
};
