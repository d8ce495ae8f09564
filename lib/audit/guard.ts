import "server-only";
import type { Db } from "#lib/platform/db.ts";

/** Why the role that the database is reached by could change the record, in a sentence; undefined where it can only add to it. */
export async function whyRecordIsOpen(db: Db): Promise<string | undefined> {
  const [role] = await db.$queryRaw<{ name: string; isSuper: boolean; owns: boolean; changes: boolean }[]>`
    SELECT current_user AS name, r.rolsuper AS "isSuper", pg_has_role(c.relowner, 'MEMBER') AS owns,
      has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE') OR has_table_privilege(c.oid, 'TRUNCATE') AS changes
    FROM pg_roles r, pg_class c WHERE r.rolname = current_user AND c.oid = '"AuditEvent"'::regclass`;
  if (role === undefined) {
    throw new Error("the database did not tell which role it is reached by");
  }
  const why = role.isSuper
    ? "is a superuser"
    : role.owns
      ? "owns the record"
      : role.changes
        ? "has the right to change rows of the record"
        : undefined;
  return (
    why &&
    `The database is reached as ${role.name}, which ${why}, so whoever holds its password could change what is on record. Let the console log in as a role that is a member of gatehouse_app and of nothing else.`
  );
}
