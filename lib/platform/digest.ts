import "server-only";
import { hash } from "node:crypto";
import canonicalize from "canonicalize";

/** Canonical JSON of a value (RFC 8785): the same bytes for the same content, whatever the order of its keys. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) {
    throw new TypeError("only JSON values have a canonical form");
  }
  return text;
}

/** SHA-256 over the canonical JSON of a value, 64 lower-case hex digits. */
export function digestOf(value: unknown): string {
  return hash("sha256", canonicalJson(value), "hex");
}
