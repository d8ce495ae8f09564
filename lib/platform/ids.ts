import "server-only";
import { randomUUID } from "node:crypto";

export type IdKind = "req" | "op" | "apr" | "act" | "bg" | "stp" | "ses" | "sgn";

/** A new id that carries its kind, such as `req_5f0c…`: 80 random bits, safe in a path, a trailer and a log. */
export function newId(kind: IdKind): string {
  return `${kind}_${randomUUID().replaceAll("-", "").slice(0, 20)}`;
}
