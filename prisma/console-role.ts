import type { Pool, PoolClient } from "pg";

/** The group role that the console's login role is a member of. It owns nothing and cannot log in itself. */
export const CONSOLE_ROLE = "gatehouse_app";

/** What the console needs of a table; the record is only ever added to, and nothing is deleted but what stands here. */
const RIGHTS: Readonly<Record<string, string>> = {
  Allowance: "SELECT, INSERT, UPDATE, DELETE",
  AuditEvent: "SELECT, INSERT",
  AuditEventOfFirstForm: "SELECT",
  JobRun: "SELECT, INSERT, DELETE",
  QuotaSample: "SELECT, INSERT, UPDATE, DELETE",
  SignIn: "SELECT, INSERT, DELETE",
  StepUp: "SELECT, INSERT, UPDATE, DELETE",
};
const USUAL_RIGHTS = "SELECT, INSERT, UPDATE";
/** Prisma's own list of what was applied. */
const NOT_THE_CONSOLES = "_prisma_migrations";
/** "role" in ASCII: two that migrate at once take turns. */
const ROLE_LOCK = 0x726f6c65;

/**
 * Makes the console's group role where it is missing, and gives it exactly its rights on every table that the connected role
 * owns. Where the connected role may not make roles and nobody has made this one, nothing is done: `gatehouse check` and the
 * console's log then say that the console's own role could change the record.
 */
export async function keepConsoleRole(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await client.query("SELECT pg_advisory_xact_lock($1)", [ROLE_LOCK]);
    if (await madeSure(client)) {
      await grantTables(client);
    }
    await client.query("COMMIT");
  } finally {
    client.release();
  }
}

/** Whether the role is there. Another database of the same server may make it at this moment, which no lock of ours sees. */
async function madeSure(client: PoolClient): Promise<boolean> {
  const { rows } = await client.query<{ exists: boolean; may: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1) AS exists, rolsuper OR rolcreaterole AS may
     FROM pg_roles WHERE rolname = current_user`,
    [CONSOLE_ROLE],
  );
  const [role] = rows;
  if (role === undefined || role.exists || !role.may) {
    return role?.exists === true;
  }
  await client.query(`DO $$ BEGIN
    CREATE ROLE ${client.escapeIdentifier(CONSOLE_ROLE)} NOLOGIN;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
  END $$`);
  return true;
}

async function grantTables(client: PoolClient): Promise<void> {
  const role = client.escapeIdentifier(CONSOLE_ROLE);
  const { rows } = await client.query<{ schema: string; name: string }>(
    `SELECT schemaname AS schema, tablename AS name FROM pg_tables
     WHERE schemaname = current_schema() AND tableowner = current_user AND tablename <> $1 ORDER BY tablename`,
    [NOT_THE_CONSOLES],
  );
  for (const { schema, name } of rows) {
    const table = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`;
    await client.query(`REVOKE ALL ON ${table} FROM ${role}`);
    await client.query(`GRANT ${RIGHTS[name] ?? USUAL_RIGHTS} ON ${table} TO ${role}`);
  }
  const [first] = rows;
  if (first !== undefined) {
    await client.query(`GRANT USAGE ON SCHEMA ${client.escapeIdentifier(first.schema)} TO ${role}`);
  }
}
