import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { crashAtEvery, type Lane, openLane } from "#lib/testing/crashes.ts";
import { freshDatabase } from "#lib/testing/database.ts";

const LANES = 2;
/** Each lane takes every sixth moment, three apart from the other's; `npm run bench crash` takes them all. */
const STRIDE = 6;

let directory: string;
let lanes: Lane[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gatehouse-crash-"));
  lanes = await Promise.all(
    Array.from({ length: LANES }, async (_, lane) => {
      const { url, db } = await freshDatabase();
      return openLane({ databaseUrl: url, db, directory, name: String(lane) });
    }),
  );
});
afterAll(async () => {
  await Promise.all(lanes.map(({ db }) => db.$disconnect()));
  await rm(directory, { recursive: true });
});

it("an operation killed at a third of all its moments goes on after a restart: one commit, one terminal record, and it succeeds", async () => {
  const crashes = await Promise.all(lanes.map((lane, index) => crashAtEvery(lane, 1 + index * 3, STRIDE)));
  for (const { promotionEnd, rollbackEnd } of crashes) {
    // Below this a step would have been left out of the count; 0 is a run that never ended by itself.
    expect(promotionEnd).toBeGreaterThan(20);
    expect(rollbackEnd).toBeGreaterThan(20);
  }
}, 400_000);
