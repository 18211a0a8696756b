import { createHash } from "node:crypto";
import canonicalize from "canonicalize";

/** RFC 8785: one text per JSON value (`1` and `1.0` are equal, keys sorted), so that it can be hashed and compared. Throws on what JSON can't hold. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError(`canonicalJson: ${typeof value} is not JSON`);
  return text;
}

/** sha256 as 64 hex digits; text is hashed as UTF-8. */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
