import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createDatabase, type Postgres, startPostgres } from "./postgres.ts";

let directory: string;
let postgres: Postgres | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "gatehouse-postgres-"));
  await chmod(directory, 0o755);
});
afterEach(async () => {
  await postgres?.stop();
  postgres = undefined;
  await rm(directory, { recursive: true, force: true });
});

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  // A server that is killed under a connection is what some tests are about.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows.flatMap((row) => Object.values(row));
  } finally {
    await client.end();
  }
}

function serversOf(path: string): string[] {
  const { stdout } = spawnSync("ps", ["-A", "-ww", "-o", "args="], { encoding: "utf8" });
  return stdout.split("\n").filter((line) => line.includes(path) && line.includes("postgres -D"));
}

describe("the embedded PostgreSQL", () => {
  test("answers on loopback only, with fsync on and a password that only its owner can read", async () => {
    postgres = await startPostgres({ directory });
    expect(new URL(postgres.url).hostname).toBe("127.0.0.1");
    expect(await ask(postgres.url, "SHOW fsync")).toEqual(["on"]);
    expect(await ask(postgres.url, "SHOW listen_addresses")).toEqual(["127.0.0.1"]);
    expect((await stat(join(directory, "settings.json"))).mode & 0o777).toBe(0o600);
    const wrong = new URL(postgres.url);
    wrong.password = "guessed";
    await expect(ask(wrong.href, "SELECT 1")).rejects.toThrow(/password authentication failed/);
  });

  test("keeps what was committed, and its URL, when it is killed and started again", async () => {
    const first = await startPostgres({ directory });
    postgres = first;
    await ask(first.url, "CREATE TABLE kept AS SELECT 42 AS answer");
    await first.kill();
    expect(first.pid).toBeNull();
    postgres = await startPostgres({ directory });
    expect(postgres.url).toBe(first.url);
    expect(await ask(postgres.url, "SELECT answer FROM kept")).toEqual([42]);
  });

  test("gives each caller of createDatabase a database of its own", async () => {
    postgres = await startPostgres({ directory });
    const one = await createDatabase(postgres.url, 'odd "name"');
    const two = await createDatabase(postgres.url, "two");
    await ask(one, "CREATE TABLE only_here (id int)");
    await expect(ask(two, "SELECT * FROM only_here")).rejects.toThrow(/does not exist/);
    await expect(createDatabase(postgres.url, "two")).rejects.toThrow(/already exists/);
  });

  test("leaves no process behind when it is stopped, even with a client connected", async () => {
    postgres = await startPostgres({ directory });
    const client = new Client({ connectionString: postgres.url });
    const cutOff = new Promise((resolve) => client.on("error", resolve));
    await client.connect();
    await postgres.stop();
    await cutOff;
    expect(postgres.pid).toBeNull();
    expect(serversOf(directory)).toEqual([]);
  });

  test("starts in a folder that only its owner may enter, also for root", async () => {
    const closed = join(directory, "closed");
    await mkdir(closed);
    await chmod(closed, 0o700);
    const home = join(closed, "postgres");
    postgres = await startPostgres({ directory: home });
    await ask(postgres.url, "CREATE TABLE kept AS SELECT 1 AS one");
    await postgres.stop();
    postgres = await startPostgres({ directory: home });
    expect(await ask(postgres.url, "SELECT one FROM kept")).toEqual([1]);
    expect(await readFile(join(home, "logs", "postgres.log"), "utf8")).toContain("ready to accept connections");
  });
});
