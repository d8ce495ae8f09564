import { Client } from "pg";
import { CONSOLE_ROLE } from "#prisma/console-role.ts";

const loginRole = "gatehouse_console";

/**
 * Makes the role that the console logs in as, a member of the console's group and of nothing else, and answers the URL with it.
 * `ownerUrl` is of a role that may make roles.
 */
export async function keepConsoleLogin(ownerUrl: string, password: string): Promise<string> {
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const role = client.escapeIdentifier(loginRole);
    const { rowCount } = await client.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [loginRole]);
    if (rowCount === 0) {
      await client.query(`CREATE ROLE ${role} LOGIN IN ROLE ${client.escapeIdentifier(CONSOLE_ROLE)}`);
    }
    await client.query(`ALTER ROLE ${role} PASSWORD ${client.escapeLiteral(password)}`);
  } finally {
    await client.end();
  }
  const url = new URL(ownerUrl);
  url.username = loginRole;
  url.password = password;
  return url.href;
}
