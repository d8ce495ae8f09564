import "server-only";
import { digestOf } from "#lib/platform/digest.ts";
import { type AuditContent, type AuditLink, type AuditRow, type Break, FIRST_HASH, type FoundRow } from "./model.ts";

/** SHA-256 over the canonical JSON of what a row says. */
export function contentHashOf({ at, actor, action, target, outcome, detail }: Omit<FoundRow, keyof AuditLink>): string {
  return digestOf({ at, actor, action, target, outcome, detail });
}

/**
 * SHA-256 over the canonical JSON of a row's place: its number, the request it belongs to, the hash of its content and the hash
 * of the row before it. So the chain can be walked, and a request's rows be known to be all there, without what the others say.
 */
export function hashOf({ seq, requestId, contentHash, previousHash }: Omit<AuditLink, "hash">): string {
  return digestOf({ seq, requestId, contentHash, previousHash });
}

/** The row, linked to the one before it. */
export function linked(
  content: AuditContent,
  requestId: string | null,
  before: Pick<AuditLink, "seq" | "hash">,
): AuditRow {
  const link = { seq: before.seq + 1, requestId, contentHash: contentHashOf(content), previousHash: before.hash };
  return { ...content, ...link, hash: hashOf(link) };
}

/** What the first row is linked to. */
export const BEFORE_FIRST = { seq: 0, hash: FIRST_HASH } as const;

/** What is wrong with a row as the one after `before`; undefined where nothing is. */
export function breakAfter(before: Pick<AuditLink, "seq" | "hash">, link: AuditLink): Break | undefined {
  if (link.seq > before.seq + 1) {
    return missingRows(before.seq + 1, link.seq - 1);
  }
  if (link.seq <= before.seq) {
    return { from: link.seq, to: before.seq, what: `row ${link.seq} comes after row ${before.seq}` };
  }
  if (link.previousHash !== before.hash) {
    return at(link, "does not carry the hash of the row before it");
  }
  return breakWithin(link);
}

/** What is wrong with a row's own hash; undefined where nothing is. */
export function breakWithin(link: AuditLink): Break | undefined {
  return link.hash === hashOf(link) ? undefined : at(link, "is not what its hash was made of");
}

/** What is wrong with what a row says; undefined where nothing is. */
export function breakOfContent(row: FoundRow): Break | undefined {
  return row.contentHash === contentHashOf(row) ? undefined : at(row, "does not say what its hash was made of");
}

/** The break of rows that are not there. */
export function missingRows(from: number, to: number, because = ""): Break {
  return { from, to, what: `${from === to ? `row ${from} is` : `rows ${from} to ${to} are`} missing${because}` };
}

function at({ seq }: Pick<AuditLink, "seq">, what: string): Break {
  return { from: seq, to: seq, what: `row ${seq} ${what}` };
}
