export const AUDIT_OUTCOMES = ["accepted", "refused", "done", "failed", "void"] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** What a row of the record says. `at` is ISO 8601 in UTC, by the database's clock. */
export type AuditContent = Readonly<{
  at: string;
  actor: string;
  action: string;
  /** The environment, account or thing that it was done to. */
  target: string;
  outcome: AuditOutcome;
  /** Small facts in our words: reason, digest, revision, why it was refused. */
  detail: Readonly<Record<string, string | number | null>>;
}>;

/** A row's place in the chain. The hashes are SHA-256, 64 lower-case hex digits. */
export type AuditLink = Readonly<{
  seq: number;
  /** The request that the row belongs to. */
  requestId: string | null;
  contentHash: string;
  previousHash: string;
  hash: string;
}>;

/** One row of the record. */
export type AuditRow = AuditContent & AuditLink;

/** A row as it is found, which somebody may have changed into what Gatehouse never writes. */
export type FoundRow = Readonly<Omit<AuditContent, "outcome" | "detail"> & { outcome: string; detail: unknown }> &
  AuditLink;

/** The actor of what Gatehouse does by itself, such as voiding an approval. No account can have this name: it has a colon. */
export const GATEHOUSE_ACTOR = "system:gatehouse";

/** What tells on record what became of a broken glass. */
export const GLASS_ACTIONS = ["break-glass.opened", "break-glass.closed", "break-glass.reviewed"] as const;

/** What the first row has in place of a row before it. */
export const FIRST_HASH = "0".repeat(64);

/** That the record had this row as its last one. `keyId` is the SHA-256 of the public key's SubjectPublicKeyInfo (RFC 5280). */
export type Checkpoint = Readonly<{ version: 1; seq: number; hash: string; at: string; keyId: string }>;

/** `signature` is Ed25519 (RFC 8032) over the checkpoint's canonical JSON (RFC 8785), in base64. */
export type SignedCheckpoint = Checkpoint & Readonly<{ signature: string }>;

/** Something in a place of checkpoints that none of our keys has signed for its row. It counts for nothing. */
export type Planted = Readonly<{ where: string; what: string }>;

/** A part of the record that is not as it was written: the first and the last row that it can be about, and what is wrong. */
export type Break = Readonly<{ from: number; to: number; what: string }>;

/** Up to which row this process has verified all rows, from the first one on and against all checkpoints, and when it began. */
export type Verified = Readonly<{ to: number; at: string }>;

/** How the record stands, as far as this process knows. `verified` is undefined before the first walk through it is done. */
export type RecordStanding =
  /** gatehouse.yaml names no key and no place, so a cut tail would not be found. */
  | Readonly<{ state: "without-checkpoints"; verified?: Verified | undefined }>
  /** Checkpoints are configured; none has been read or written yet. */
  | Readonly<{ state: "unknown"; verified?: Verified | undefined }>
  | Readonly<{
      state: "whole";
      /** The last row under a checkpoint, and when that was signed. The rows since the checkpoint before it were verified then. */
      seq: number;
      at: string;
      keyId: string;
      /** Places that the last checkpoint could not be written to. */
      unreached: readonly string[];
      planted: readonly Planted[];
      verified?: Verified | undefined;
    }>
  | Readonly<{ state: "broken"; broken: Break; since: string; planted: readonly Planted[] }>;
