import { createHash, generateKeyPairSync } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Client } from "pg";
import pino from "pino";
import { createDatabase, type Postgres, startPostgres } from "#cluster/postgres.ts";
import { linked } from "#lib/audit/chain.ts";
import { pathOf, textOf } from "#lib/audit/checkpoint-file.ts";
import { checkpointInTurn, openCheckpoints } from "#lib/audit/checkpoints.ts";
import { type AuditRow, type Break, FIRST_HASH, type SignedCheckpoint } from "#lib/audit/model.ts";
import { writePack } from "#lib/audit/pack-export.ts";
import { verifyPack } from "#lib/audit/pack-verify.ts";
import { appendAudit, listAudit } from "#lib/audit/store.ts";
import { walkInTurn } from "#lib/audit/walk.ts";
import { systemClock } from "#lib/platform/clock.ts";
import { type Db, openDb } from "#lib/platform/db.ts";
import { digestOf } from "#lib/platform/digest.ts";
import { newId } from "#lib/platform/ids.ts";
import type { Policy } from "#lib/policies/model.ts";
import { insertRequest } from "#lib/requests/store.ts";
import { diceOf, disableTriggers, insertRows, TAMPERINGS } from "#lib/testing/tampering.ts";
import { migrate } from "#prisma/migrate.ts";
import type { BenchRow } from "../bin/bench-row.ts";

const tamperings = 1_000;
const rowsTampered = 60;
const checkpointEvery = 10;
const seed = 20_261_121;
const rowsVerified = 1_000_000;
const verifiedWithinSeconds = 30;
const writers = 200;
const rowsEach = 5;
const atOnce = 50;
const rounds = 20;
const durableWithinMs = 150;

const log = pino({ level: "silent" });
const everything = { kind: "period", from: new Date(0), to: new Date("2100-01-01") } as const;
const noSystem = () => {
  throw new Error("a folder needs no system");
};

type House = Readonly<{ postgres: Postgres; directory: string }>;

/** A fresh database with what signs its record. */
async function openRecord({ postgres, directory }: House, name: string) {
  const url = await createDatabase(postgres.url, name);
  await migrate(url);
  const keyPath = join(directory, `${name}.key`);
  await writeFile(keyPath, generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }));
  const checkpointFolder = join(directory, `${name}-checkpoints`);
  const checkpoints = [{ kind: "folder", path: checkpointFolder }] as const;
  const record = { keyPath, earlierKeyPaths: [], checkpoints, everyMs: 1_000, everyRows: 1 };
  const settings = openCheckpoints({ record }, directory, { openRepository: noSystem, openBucket: noSystem });
  if (settings === undefined) {
    throw new Error("a record with a key has settings");
  }
  return { url, db: openDb(url), settings, checkpointFolder };
}
type Opened = Awaited<ReturnType<typeof openRecord>>;

const signNow = ({ db, settings }: Opened) => checkpointInTurn({ db, clock: systemClock, log }, settings);

/** What the console's own walk through the record finds. */
async function walkNow({ db, settings }: Opened): Promise<Break | undefined> {
  const walked = await walkInTurn({ db, log, places: settings.places }, new AbortController().signal);
  return walked?.state === "broken" ? walked.broken : undefined;
}

const isWithin = (broken: Break | undefined, row: number) =>
  broken !== undefined && broken.from <= row && row <= broken.to;

function append(db: Db, index: number): Promise<void> {
  return db.$transaction(
    (tx) =>
      appendAudit(tx, {
        actor: "operator",
        action: "promotion.requested",
        target: "gravv/live",
        outcome: "accepted",
        decision: "allowed because you are operator in gravv/live",
        detail: { reason: "the settlement reference is needed on Monday", index },
      }),
    { maxWait: 60_000, timeout: 60_000 },
  );
}

const policy: Policy = {
  ask: ["operator"],
  agree: [{ kind: "role", name: "operator", count: 1 }],
  exclude: ["requester"],
  stepUp: false,
  expiresAfterMs: 60_000,
  run: "at-once",
  tickets: [],
  freezes: [],
};

/** What asking for a promotion leaves: the request and its row, in one transaction. */
function intend(db: Db): Promise<void> {
  const id = newId("req");
  const plan = { base: "b", commits: [], services: [], objects: [] };
  return db.$transaction(
    async (tx) => {
      await insertRequest(tx, {
        id,
        action: "promotion",
        platform: "gravv",
        environment: "gravv/live",
        digest: digestOf(plan),
        plan,
        policy,
        requestedBy: "operator",
        askedAs: ["operator"],
        steppedUp: false,
        reason: "the settlement reference is needed on Monday",
        ticket: null,
        runAt: null,
        breakGlassId: null,
        idempotencyKey: id,
        inputHash: id,
      });
      await appendAudit(tx, {
        actor: "operator",
        action: "promotion.requested",
        target: "gravv/live",
        outcome: "accepted",
        requestId: id,
        decision: "allowed because you are operator in gravv/live",
        detail: { digest: digestOf(plan), reason: "the settlement reference is needed on Monday" },
      });
    },
    { maxWait: 60_000, timeout: 60_000 },
  );
}

async function packText({ db, settings }: Opened): Promise<string[]> {
  const pieces: string[] = [];
  await writePack({ db, log, settings, by: "bench", at: new Date() }, everything, async (text) => {
    pieces.push(text);
  });
  return pieces;
}

async function* bytesOf(pieces: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    yield Buffer.from(piece);
  }
}

/** Tampers with a signed record again and again as a superuser; how often it was found, and the row named. */
async function tamper(house: House): Promise<BenchRow[]> {
  const record = await openRecord(house, "tampered");
  for (let index = 0; index < rowsTampered; index += checkpointEvery) {
    for (let more = 0; more < checkpointEvery; more += 1) {
      await append(record.db, index + more);
    }
    await signNow(record);
  }
  const rows = (await listAudit(record.db, { limit: rowsTampered })).reverse();
  const superuser = new Client({ connectionString: record.url });
  await superuser.connect();
  await disableTriggers(superuser);
  const dice = diceOf(seed);
  const plant = async (checkpoint: SignedCheckpoint) => {
    const file = join(record.checkpointFolder, pathOf(checkpoint));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, textOf(checkpoint));
  };
  const kinds = Object.entries(TAMPERINGS);
  let found = 0;
  let located = 0;
  let walkedTo = 0;
  for (let round = 0; round < tamperings; round += 1) {
    const [kind, change] = kinds[round % kinds.length] ?? [];
    if (kind === undefined || change === undefined) {
      throw new Error("there is no kind of tampering");
    }
    const row = await change(superuser, rows, dice, plant);
    const verdict = await verifyPack(bytesOf(await packText(record)), record.settings.key.publicKey);
    if (verdict.state === "broken") {
      found += 1;
      located += isWithin(verdict.broken, row) ? 1 : 0;
    }
    walkedTo += isWithin(await walkNow(record), row) ? 1 : 0;
    if (verdict.state !== "broken") {
      console.log(`not found: ${kind} at row ${row}, round ${round}, seed ${seed}`);
    }
    await superuser.query(`DELETE FROM "AuditEvent"`);
    await insertRows(superuser, rows);
  }
  const untouched = await verifyPack(bytesOf(await packText(record)), record.settings.key.publicKey);
  await superuser.end();
  await record.db.$disconnect();
  const row = (name: string, figure: number): BenchRow => ({
    name: `${name} of ${tamperings} tamperings, ${kinds.length} kinds`,
    figure,
    unit: "",
    peer: null,
    goal: `${tamperings}`,
    holds: figure === tamperings && untouched.state === "whole",
  });
  return [row("found", found), row("located", located), row("located by the console's own walk", walkedTo)];
}

/** Many rows that could have been written, with right hashes. */
async function fill(url: string, count: number): Promise<void> {
  const superuser = new Client({ connectionString: url });
  await superuser.connect();
  await disableTriggers(superuser);
  let before: { seq: number; hash: string } = { seq: 0, hash: FIRST_HASH };
  const began = Date.parse("2026-01-01T00:00:00Z");
  while (before.seq < count) {
    const batch: AuditRow[] = [];
    while (batch.length < 10_000 && before.seq < count) {
      const content = {
        at: new Date(began + before.seq * 1_000).toISOString(),
        actor: `operator-${before.seq % 40}`,
        action: "promotion.requested",
        target: "gravv/live",
        outcome: "accepted" as const,
        decision: "allowed because you are operator in gravv/live",
        detail: { reason: "the settlement reference is needed on Monday", index: before.seq, digest: before.hash },
      };
      const row = linked(content, null, before);
      batch.push(row);
      before = row;
    }
    await insertRows(superuser, batch);
  }
  await superuser.end();
}

/** The seconds that a million rows take to be verified, beside a plain hash over the same file. */
async function verifyMany(house: House): Promise<BenchRow[]> {
  const record = await openRecord(house, "million");
  await fill(record.url, rowsVerified);
  await signNow(record);
  const file = join(house.directory, "million.html");
  const out = createWriteStream(file);
  await writePack(
    { db: record.db, log, settings: record.settings, by: "bench", at: new Date() },
    everything,
    (text) => {
      return new Promise((resolve, reject) => {
        out.write(text, (failure) => (failure ? reject(failure) : resolve()));
      });
    },
  );
  await new Promise((resolve) => out.end(resolve));
  await record.db.$disconnect();
  const plainAt = performance.now();
  await pipeline(createReadStream(file, { highWaterMark: 2 ** 20 }), createHash("sha256"));
  const plain = (performance.now() - plainAt) / 1_000;
  const startedAt = performance.now();
  const verdict = await verifyPack(createReadStream(file, { highWaterMark: 2 ** 20 }), record.settings.key.publicKey);
  const seconds = (performance.now() - startedAt) / 1_000;
  const memory = process.memoryUsage().rss / 2 ** 20;
  const size = (await stat(file)).size / 2 ** 20;
  console.log(`${rowsVerified} rows, ${size.toFixed(0)} MiB, ${verdict.state}; ${memory.toFixed(0)} MiB resident`);
  return [
    {
      name: `verifying ${rowsVerified} rows`,
      figure: seconds,
      unit: "s",
      peer: { name: "SHA-256 of the same file", figure: plain },
      goal: `at most ${verifiedWithinSeconds}`,
      holds: verdict.state === "whole" && seconds <= verifiedWithinSeconds,
    },
  ];
}

/** Writers of several replicas at once; how many rows the one chain without a gap has. */
async function writeTogether(house: House): Promise<BenchRow[]> {
  const record = await openRecord(house, "writers");
  const replicas = Array.from({ length: 4 }, () => openDb(record.url));
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      const db = replicas[writer % replicas.length] ?? record.db;
      for (let index = 0; index < rowsEach; index += 1) {
        await append(db, index);
      }
    }),
  );
  await signNow(record);
  const verdict = await verifyPack(bytesOf(await packText(record)), record.settings.key.publicKey);
  const count = await record.db.auditEvent.count();
  await Promise.all([...replicas, record.db].map((db) => db.$disconnect()));
  return [
    {
      name: `rows of ${writers} parallel writers in one chain without a gap`,
      figure: verdict.state === "whole" ? count : 0,
      unit: "rows",
      peer: null,
      goal: `${writers * rowsEach}`,
      holds: verdict.state === "whole" && count === writers * rowsEach,
    },
  ];
}

/** The time from an action to its durable request and row, so many at once; beside as many bare INSERTs. */
async function appendAtOnce(house: House): Promise<BenchRow[]> {
  const record = await openRecord(house, "at_once");
  await record.db.$executeRaw`CREATE TABLE "Peer" (id BIGSERIAL PRIMARY KEY, detail JSONB NOT NULL)`;
  const detail = JSON.stringify({ reason: "the settlement reference is needed on Monday" });
  const ours = await slowest(() => intend(record.db));
  const peer = await slowest(async () => {
    await record.db.$executeRaw`INSERT INTO "Peer" (detail) VALUES (${detail}::jsonb)`;
  });
  await record.db.$disconnect();
  return [
    {
      name: `action to durable request and row, p99 of ${rounds * atOnce}, ${atOnce} at once`,
      figure: ours,
      unit: "ms",
      peer: { name: "a bare INSERT", figure: peer },
      goal: `at most ${durableWithinMs}`,
      holds: ours <= durableWithinMs,
    },
  ];
}

/** The 99th percentile in milliseconds. The first round warms up and is not counted. */
async function slowest(work: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const startedAt = performance.now();
    const taken = await Promise.all(
      Array.from({ length: atOnce }, async () => {
        await work();
        return performance.now() - startedAt;
      }),
    );
    if (round > 0) {
      times.push(...taken);
    }
  }
  times.sort((one, other) => one - other);
  return times[Math.ceil(times.length * 0.99) - 1] ?? Number.NaN;
}

/** The record: what is found, how fast it is verified, and how fast it is written. */
export async function bench(): Promise<readonly BenchRow[]> {
  const directory = await mkdtemp(join(tmpdir(), "gatehouse-bench-audit-"));
  const postgres = await startPostgres({ directory: join(directory, "postgres") });
  const house = { postgres, directory };
  try {
    return [
      ...(await appendAtOnce(house)),
      ...(await writeTogether(house)),
      ...(await tamper(house)),
      ...(await verifyMany(house)),
    ];
  } finally {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
