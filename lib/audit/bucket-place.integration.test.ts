import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import pino from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "#lib/platform/clock.ts";
import { openBucket } from "#lib/systems/object-store/client.ts";
import type { BucketConfig, BucketPort } from "#lib/systems/object-store/port.ts";
import { freshDatabase, type TestDatabase } from "#lib/testing/database.ts";
import {
  type BucketKind,
  OBJECT_STORE_BUILD_MS,
  startTestStore,
  type TestBucket,
  type TestStore,
} from "#lib/testing/object-store.ts";
import { writeRows } from "#lib/testing/record.ts";
import { diceOf, disableTriggers, TAMPERINGS } from "#lib/testing/tampering.ts";
import { bucketPlace } from "./bucket-place.ts";
import { type CheckpointSettings, checkpointInTurn } from "./checkpoints.ts";
import type { RecordStanding, SignedCheckpoint } from "./model.ts";
import { writePack } from "./pack-export.ts";
import { type Verdict, verifyPack } from "./pack-verify.ts";
import { type OpenPlace, openPlace } from "./places.ts";
import { openSigningKey, signingKeyOf } from "./signing.ts";
import { listAudit } from "./store.ts";

const PREFIX = "gravv/checkpoints";
const log = pino({ level: "silent" });
const directory = mkdtempSync(join(tmpdir(), "gatehouse-bucket-"));
const keyPath = join(directory, "record.key");
let store: TestStore;
let database: TestDatabase;

beforeAll(async () => {
  writeFileSync(keyPath, generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }));
  store = await startTestStore();
}, OBJECT_STORE_BUILD_MS);
afterAll(async () => {
  await store.stop();
  rmSync(directory, { recursive: true });
});
beforeEach(async () => {
  database = await freshDatabase();
  return () => database.close();
});

const keys = () => [openSigningKey(keyPath).verifying];
const keyOf = (seq: number) =>
  `${PREFIX}/000/000/00${Math.floor(seq / 1000)}/${String(seq % 1000).padStart(3, "0")}.json`;
const opened = (config: BucketConfig) => bucketPlace(PREFIX, openBucket(config), keys());
const signedAt = (seq: number, hash = "a".repeat(64)): SignedCheckpoint =>
  openSigningKey(keyPath).sign({ seq, hash, at: "2026-11-21T09:00:00.000Z" });
const withPlaces = (...places: OpenPlace[]): CheckpointSettings => ({
  key: openSigningKey(keyPath),
  earlierKeys: [],
  places,
  everyMs: 60_000,
  everyRows: 100,
});
const checkpoint = (settings: CheckpointSettings): Promise<RecordStanding> =>
  checkpointInTurn({ db: database.db, clock: systemClock, log }, settings);

const write = (count: number) => writeRows(database.db, count);

async function verified(settings: CheckpointSettings): Promise<Verdict> {
  const pieces: Buffer[] = [];
  const parts = { db: database.db, log, settings, by: "auditor", at: new Date() };
  await writePack(parts, { kind: "period", from: new Date(0), to: new Date("2100-01-01") }, async (text) => {
    pieces.push(Buffer.from(text));
  });
  async function* read(): AsyncGenerator<Uint8Array> {
    yield* pieces;
  }
  return verifyPack(read(), settings.key.publicKey);
}

describe("a checkpoint in a bucket that somebody tampers with is found, and nothing is signed any more:", () => {
  let bucket: TestBucket;
  let settings: CheckpointSettings;

  /** Rows 1 to 4 with checkpoints at 2 and 4, and two rows more. */
  async function filled(kind: BucketKind): Promise<void> {
    bucket = await store.bucket(kind);
    settings = withPlaces(opened(bucket.config));
    for (let index = 0; index < 2; index += 1) {
      await write(2);
      expect(await checkpoint(settings)).toMatchObject({ state: "whole" });
    }
    await write(2);
  }

  async function expectFound(row: number, what: string, asked = settings): Promise<void> {
    const said = `the checkpoint at row ${row} in bucket ${bucket.config.bucket} at ${bucket.config.endpoint} ${what}`;
    const broken = { from: row, to: row, what: said };
    expect(await checkpoint(asked)).toMatchObject({ state: "broken", broken });
    expect(await verified(asked)).toEqual({ state: "broken", what: said, broken });
    expect((await opened(bucket.config).list()).checkpoints.map(({ seq }) => seq)).toEqual([2, 4]);
  }

  const afresh = () => withPlaces(opened(bucket.config));

  it.each(["versioned", "locked"] as const)("written over in a %s bucket, by the next process too", async (kind) => {
    await filled(kind);
    await bucket.overwrite(keyOf(2), `${JSON.stringify(signedAt(2))}\n`);
    await expectFound(2, "was written over");
    await expectFound(2, "was written over", afresh());
  });

  it.each(["versioned", "locked"] as const)("deleted in a %s bucket, by the next process too", async (kind) => {
    await filled(kind);
    await bucket.remove(keyOf(4));
    await expectFound(4, "was deleted after it was written");
    await expectFound(4, "was deleted after it was written", afresh());
  });

  it("in a locked bucket it cannot be removed for good, and what counts stays the first version", async () => {
    await filled("locked");
    const before = await opened(bucket.config).list();
    await bucket.overwrite(keyOf(4), "another text");
    await bucket.remove(keyOf(4));
    const { versions } = await openBucket(bucket.config).versions(keyOf(4));
    const first = versions.filter(({ isDeletion }) => !isDeletion).at(-1);
    expect(await bucket.removeVersion(keyOf(4), first?.versionId ?? "")).toBe(403);
    expect((await opened(bucket.config).list()).checkpoints).toEqual(before.checkpoints);
  });

  it("where what was put upon it is taken away again, signing goes on", async () => {
    await filled("versioned");
    await bucket.remove(keyOf(4));
    await expectFound(4, "was deleted after it was written");
    const { versions } = await openBucket(bucket.config).versions(keyOf(4));
    const mark = versions.find(({ isDeletion }) => isDeletion);
    await bucket.removeVersion(keyOf(4), mark?.versionId ?? "");
    expect(await checkpoint(settings)).toMatchObject({ state: "whole", seq: 6 });
  });

  it("removed for good where nothing is locked, by a process that has seen it", async () => {
    await filled("versioned");
    await checkpoint(settings);
    const [version] = (await openBucket(bucket.config).versions(keyOf(2))).versions;
    await bucket.removeVersion(keyOf(2), version?.versionId ?? "");
    expect(await checkpoint(settings)).toMatchObject({
      state: "broken",
      broken: { from: 2, to: 2, what: expect.stringContaining("was there and is gone") },
    });
  });

  it("written over in a bucket without versions, by a process that has seen it", async () => {
    await filled("plain");
    await checkpoint(settings);
    await bucket.overwrite(keyOf(2), `${JSON.stringify(signedAt(2))}\n`);
    expect(await checkpoint(settings)).toMatchObject({
      state: "broken",
      broken: { from: 2, to: 2, what: expect.stringContaining("was written over") },
    });
  });
});

describe("what somebody puts in a bucket before Gatehouse does counts for nothing and is named, and signing goes on:", () => {
  const FAR = 999_999_999;
  const keyFar = `${PREFIX}/000/999/999/999.json`;
  const ofNobody = signingKeyOf(generateKeyPairSync("ed25519").privateKey);
  const foreign = (seq: number) => ofNobody.sign({ seq, hash: "a".repeat(64), at: "2026-11-21T09:00:00.000Z" });

  it.each([
    ["a checkpoint of another key", () => JSON.stringify(foreign(FAR)), "which gatehouse.yaml does not name"],
    [
      "one of our key's name and not its signature",
      () => JSON.stringify({ ...signedAt(FAR), hash: "b".repeat(64) }),
      "not its signature",
    ],
    ["one that is another row's", () => JSON.stringify(signedAt(2)), "is that of row 2"],
    ["another text", () => "another text", "is no checkpoint"],
  ])("%s", async (_what, text, what) => {
    const bucket = await store.bucket("locked");
    const settings = withPlaces(opened(bucket.config));
    await write(2);
    await checkpoint(settings);
    await bucket.overwrite(keyFar, text());
    const planted = [{ where: expect.stringContaining(keyFar), what: expect.stringContaining(what) }];
    for (let index = 0; index < 3; index += 1) {
      await write(1);
      expect(await checkpoint(settings)).toMatchObject({ state: "whole", seq: 3 + index, planted });
    }
    expect(await checkpoint(withPlaces(opened(bucket.config)))).toMatchObject({ state: "whole", seq: 5, planted });
    const verdict = await verified(settings);
    expect(verdict).toMatchObject({ state: "whole", remarks: [expect.stringContaining(what)] });
  });

  it("what others write is seen at once though checkpoints of other keys lie behind it", async () => {
    const bucket = await store.bucket("versioned");
    const place = bucketPlace(PREFIX, openBucket(bucket.config, { pageSize: 2, deadlineMs: 10_000 }), keys());
    for (const seq of [1, 2, 3, 4]) {
      await place.add(signedAt(seq));
    }
    for (const seq of [FAR - 2, FAR - 1, FAR]) {
      await bucket.overwrite(`${PREFIX}/000/999/999/${seq % 1000}.json`, JSON.stringify(foreign(seq)));
    }
    expect((await place.list(1)).checkpoints).toEqual([signedAt(4)]);
    await opened(bucket.config).add(signedAt(5));
    expect((await place.list(1)).checkpoints).toEqual([signedAt(5)]);
  });
});

describe("a second writer", () => {
  const other = signedAt.bind(undefined, 7, "b".repeat(64));

  it("of the same checkpoint is no error; of another one it is, and nothing is written over", async () => {
    const { config } = await store.bucket("locked");
    await opened(config).add(signedAt(7));
    await opened(config).add(signedAt(7));
    await expect(opened(config).add(other())).rejects.toThrow(
      `${keyOf(7)} in bucket ${config.bucket} at ${config.endpoint} holds another checkpoint for row 7; nothing was written over it`,
    );
    expect(await opened(config).list()).toEqual({ checkpoints: [signedAt(7)], planted: [], broken: undefined });
  });

  it("at the same moment is answered by the store itself, and still nothing is written over", async () => {
    const { config } = await store.bucket("versioned");
    const bucket = openBucket(config);
    /** As if each had looked before the other wrote. */
    const blind = (): BucketPort => {
      let looks = 0;
      return {
        ...bucket,
        versions: async (...asked) => {
          looks += 1;
          return looks === 1 ? { versions: [], next: undefined } : bucket.versions(...asked);
        },
      };
    };
    await bucketPlace(PREFIX, blind(), keys()).add(signedAt(7));
    await bucketPlace(PREFIX, blind(), keys()).add(signedAt(7));
    await expect(bucketPlace(PREFIX, blind(), keys()).add(other())).rejects.toThrow(
      "holds another checkpoint for row 7",
    );
    expect(await opened(config).list()).toEqual({ checkpoints: [signedAt(7)], planted: [], broken: undefined });
  });

  it("after a deletion puts nothing in its place", async () => {
    const { config, remove, overwrite } = await store.bucket("versioned");
    await opened(config).add(signedAt(7));
    await remove(keyOf(7));
    /** For AWS a key is free again where its newest version is a deletion. */
    async function create(key: string, text: string): Promise<boolean> {
      await overwrite(key, text);
      return true;
    }
    const place = bucketPlace(PREFIX, { ...openBucket(config), create }, keys());
    await expect(place.add(other())).rejects.toThrow("holds another checkpoint for row 7");
    const { versions } = await openBucket(config).versions(keyOf(7));
    expect(versions.filter(({ isDeletion }) => !isDeletion)).toHaveLength(1);
  });
});

it("a checkpoint that is written while two look is not taken for one that is gone", async () => {
  const { config } = await store.bucket("versioned");
  const bucket = openBucket(config);
  await opened(config).add(signedAt(1));
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: listed, resolve: hasListed } = Promise.withResolvers<void>();
  let looks = 0;
  const place = bucketPlace(
    PREFIX,
    {
      ...bucket,
      async versions(...asked) {
        const page = await bucket.versions(...asked);
        looks += 1;
        if (looks === 2) {
          hasListed();
          await released;
        }
        return page;
      },
    },
    keys(),
  );
  await place.list();
  const one = place.list();
  await listed;
  await opened(config).add(signedAt(2));
  const other = place.list();
  // As long as a look takes.
  await opened(config).list();
  release();
  expect(await one).toEqual({ checkpoints: [signedAt(1)], planted: [], broken: undefined });
  expect(await other).toEqual({ checkpoints: [signedAt(1), signedAt(2)], planted: [], broken: undefined });
  expect(await place.list()).toEqual({ checkpoints: [signedAt(1), signedAt(2)], planted: [], broken: undefined });
});

describe("where a bucket cannot be written to or read, the record goes on as with any other place:", () => {
  const folder = () =>
    openPlace(
      { kind: "folder", path: mkdtempSync(join(directory, "folder-")) },
      {
        openBucket,
        openRepository: () => {
          throw new Error("a folder needs no repository");
        },
      },
      keys(),
    );

  async function expectUnreached(config: BucketConfig): Promise<void> {
    const place = opened(config);
    await write(1);
    expect(await checkpoint(withPlaces(place, folder()))).toMatchObject({
      state: "whole",
      seq: 1,
      unreached: [place.name],
    });
    await expect(checkpoint(withPlaces(place))).rejects.toThrow("no place of checkpoints can be read");
  }

  it("a bucket that is not there", async () => {
    const { config } = await store.bucket("plain");
    await expectUnreached({ ...config, bucket: "nowhere" });
  });

  it("a wrong key", async () => {
    const { config } = await store.bucket("plain");
    process.env.GATEHOUSE_TEST_WRONG = "wrong";
    await expectUnreached({
      ...config,
      credentials: { ...config.credentials, secretAccessKey: "GATEHOUSE_TEST_WRONG" },
    });
  });

  it("a server that is down; once it is back, its next checkpoint is written", async () => {
    const { config } = await store.bucket("locked");
    const settings = withPlaces(opened(config), folder());
    await store.server.kill();
    try {
      await write(1);
      expect(await checkpoint(settings)).toMatchObject({ state: "whole", seq: 1, unreached: [opened(config).name] });
    } finally {
      await store.server.start();
    }
    await write(1);
    expect(await checkpoint(settings)).toMatchObject({ state: "whole", seq: 2, unreached: [] });
    expect((await opened(config).list()).checkpoints.map(({ seq }) => seq)).toEqual([2]);
  });
});

describe("a bucket of many checkpoints", () => {
  const COUNT = 1_010;
  let bucket: TestBucket;
  beforeAll(async () => {
    bucket = await store.bucket("versioned");
    for (let seq = 1; seq <= COUNT; seq += 10) {
      const some = Array.from({ length: 10 }, (_, index) => seq + index);
      await Promise.all(some.map((one) => bucket.overwrite(keyOf(one), `${JSON.stringify(signedAt(one))}\n`)));
    }
  });

  it("of more than a thousand is read whole, and its newest without the others", async () => {
    const { checkpoints, broken } = await opened(bucket.config).list();
    expect(broken).toBeUndefined();
    expect(checkpoints.map(({ seq }) => seq)).toEqual(Array.from({ length: COUNT }, (_, index) => index + 1));
    expect((await opened(bucket.config).list(1)).checkpoints).toEqual([signedAt(COUNT)]);
  });

  it("is looked through round and round: a new one is seen at once, tampering anywhere within a round", async () => {
    let asked = 0;
    const real = openBucket(bucket.config, { pageSize: 100, deadlineMs: 10_000 });
    const counted: BucketPort = {
      ...real,
      versions: (...mark) => {
        asked += 1;
        return real.versions(...mark);
      },
    };
    const place = bucketPlace(PREFIX, counted, keys());
    await place.list(1);
    expect(asked).toBe(11);
    await real.create(keyOf(COUNT + 1), `${JSON.stringify(signedAt(COUNT + 1))}\n`);
    for (let look = 0; look < 25; look += 1) {
      asked = 0;
      expect(await place.list(1)).toEqual({ checkpoints: [signedAt(COUNT + 1)], planted: [], broken: undefined });
      expect(asked).toBeLessThanOrEqual(2);
    }
    await bucket.overwrite(keyOf(500), "another text");
    await bucket.remove(keyOf(500));
    const looks = Array.from({ length: 11 });
    let found: number | undefined;
    for (const _look of looks) {
      found ??= (await place.list(1)).broken?.from;
    }
    expect(found).toBe(500);
  });
});

describe("with a bucket as the only place, is found in the database:", () => {
  it.each(["cut tail", "record written anew, all hashes right", "row left out, all hashes right"])(
    "%s",
    async (name) => {
      const { config } = await store.bucket("locked");
      const settings = withPlaces(opened(config));
      await write(5);
      await checkpoint(settings);
      const superuser = new Client({ connectionString: database.url });
      await superuser.connect();
      try {
        await disableTriggers(superuser);
        const rows = (await listAudit(database.db, { limit: 1000 })).reverse();
        const row = await TAMPERINGS[name]?.(superuser, rows, diceOf(1), (one) => opened(config).add(one));
        expect(row).toBeGreaterThan(0);
      } finally {
        await superuser.end();
      }
      for (const asked of [settings, withPlaces(opened(config))]) {
        expect(await checkpoint(asked)).toMatchObject({ state: "broken" });
        expect(await verified(asked)).toMatchObject({ state: "broken" });
      }
      expect((await opened(config).list()).checkpoints.map(({ seq }) => seq)).toEqual([5]);
    },
  );
});
