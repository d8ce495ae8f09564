import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { freshDatabase, type TestDatabase } from "#lib/testing/database.ts";
import type { SourceState } from "#lib/watch/freshness.ts";
import { createRing, type Ring } from "#lib/watch/ring.ts";
import { sampleQuotas } from "./history.ts";
import { listSamples } from "./store.ts";

const HOUR_MS = 3_600_000;
const NOON = Date.parse("2026-11-21T12:00:00.000Z");
const PLACES = [{ cluster: "gx", namespaces: ["mainnet"] }];

let database: TestDatabase;
let ring: Ring;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.db.quotaSample.deleteMany();
  ring = createRing(10);
  publish("ok", "12");
});

function publish(state: SourceState, requested: string | null): void {
  const since = "2026-11-21T11:00:00.000Z";
  const row = {
    id: "gx/q/requests.cpu",
    environment: "gx-protocol/mainnet",
    cluster: "gx",
    namespace: "mainnet",
    quota: "backend",
    resource: "requests.cpu",
    hard: "16",
    requested,
    measured: null,
    unmeasured: "absent" as const,
  };
  ring.publish([
    { kind: "source", id: "kubernetes:gx", row: { id: "kubernetes:gx", state, since, message: null } },
    { kind: "quota", id: row.id, row },
  ]);
}

const sampleAt = (ms: number) => sampleQuotas({ db: database.db, ring, clock: () => new Date(ms) });
const kept = async () =>
  (await database.db.quotaSample.findMany({ orderBy: { hour: "asc" } })).map(({ hour, requested }) => [
    hour.toISOString(),
    requested,
  ]);

describe("of each quota resource", () => {
  it("one sample an hour is kept, the first one, whatever the number of replicas", async () => {
    const written = await Promise.all([sampleAt(NOON + 1), sampleAt(NOON + 2), sampleAt(NOON + 3)]);
    expect(written.reduce((sum, count) => sum + count, 0)).toBe(1);
    publish("ok", "15");
    expect(await sampleAt(NOON + HOUR_MS - 1)).toBe(0);
    expect(await sampleAt(NOON + HOUR_MS)).toBe(1);
    expect(await kept()).toEqual([
      ["2026-11-21T12:00:00.000Z", "12"],
      ["2026-11-21T13:00:00.000Z", "15"],
    ]);
  });

  it("nothing is written of what is not seen fresh, nor of what has not been counted", async () => {
    publish("stale", "12");
    expect(await sampleAt(NOON)).toBe(0);
    publish("ok", null);
    expect(await sampleAt(NOON)).toBe(0);
  });

  it("thirty days are kept", async () => {
    await sampleAt(NOON);
    await sampleAt(NOON + 30 * 24 * HOUR_MS);
    expect(await kept()).toHaveLength(2);
    await sampleAt(NOON + 30 * 24 * HOUR_MS + HOUR_MS);
    expect((await kept())[0]?.[0]).toBe("2026-12-21T12:00:00.000Z");
  });

  it("the last sample of each six hours is read, oldest first, and only of the places that were asked for", async () => {
    for (let hour = 0; hour < 13; hour += 1) {
      publish("ok", String(hour));
      await sampleAt(NOON + hour * HOUR_MS);
    }
    const since = new Date(NOON);
    const read = async (places: typeof PLACES, from = since) =>
      (await listSamples(database.db, places, from)).map(({ requested }) => requested);
    expect(await read(PLACES)).toEqual(["5", "11", "12"]);
    expect(await read(PLACES, new Date(NOON + 12 * HOUR_MS))).toEqual(["12"]);
    expect(await read([{ cluster: "gx", namespaces: ["testnet"] }])).toEqual([]);
    expect(await read([{ cluster: "other", namespaces: ["mainnet"] }])).toEqual([]);
    expect(await read([])).toEqual([]);
  });
});
