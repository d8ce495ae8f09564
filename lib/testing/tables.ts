import type { Db } from "#lib/platform/db.ts";
import { Prisma } from "#prisma/generated/client.ts";

const TABLES = ["Request", "Approval", "Operation", "OperationStep", "BreakGlass", "AuditEvent"];

/** A fingerprint of every row of every table: equal before and after where nothing was changed. */
export async function fingerprint(db: Db): Promise<Record<string, string | null>> {
  const prints: Record<string, string | null> = {};
  for (const table of TABLES) {
    const name = Prisma.raw(`"${table}"`);
    const [row] = await db.$queryRaw<{ print: string | null }[]>`
      SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) AS print FROM ${name} t`;
    prints[table] = row?.print ?? null;
  }
  return prints;
}
