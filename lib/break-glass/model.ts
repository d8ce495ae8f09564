/** Somebody acting alone in an environment, for a time, because nobody else could be reached. Times are UTC, ISO 8601. */
export type BreakGlassRow = Readonly<{
  id: string;
  environment: string;
  account: string;
  reason: string;
  /** Whose agreement was not waited for. */
  told: readonly string[];
  openedAt: string;
  endsAt: string;
  closedAt: string | null;
  closedBy: string | null;
  reviewedAt: string | null;
  reviewedBy: string | null;
  review: string | null;
}>;

/** Whether the person may act alone right now. */
export function isBroken(glass: Pick<BreakGlassRow, "endsAt" | "closedAt" | "reviewedAt">, now: Date): boolean {
  return glass.closedAt === null && glass.reviewedAt === null && now.getTime() < Date.parse(glass.endsAt);
}
