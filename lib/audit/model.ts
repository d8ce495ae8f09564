export type AuditOutcome = "accepted" | "refused" | "done" | "failed" | "void";

/** One row of the record. */
export type AuditRow = Readonly<{
  seq: number;
  at: string;
  actor: string;
  action: string;
  target: string;
  outcome: AuditOutcome;
  requestId: string | null;
  /** Small facts in our words: reason, digest, revision, why it was refused. */
  detail: Readonly<Record<string, string | number | null>>;
  hash: string;
  previousHash: string;
}>;

/** The actor of what Gatehouse does by itself, such as voiding an approval. No account can have this name: it has a colon. */
export const GATEHOUSE_ACTOR = "system:gatehouse";
