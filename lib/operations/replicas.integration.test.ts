import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openLane } from "#lib/testing/crashes.ts";
import { freshDatabase } from "#lib/testing/database.ts";
import { strikeReplicas } from "#lib/testing/replicas.ts";

/** `npm run bench crash` strikes 500 times at random, and says how long it takes. */
it("two replicas, one of them killed or stopped under an operation: the other ends it once", async () => {
  const directory = await mkdtemp(join(tmpdir(), "gatehouse-replicas-"));
  const { url, db } = await freshDatabase();
  try {
    const lane = await openLane({ databaseUrl: url, db, directory, name: "replicas" });
    const { strikes } = await strikeReplicas(lane, [
      { kind: "kill", afterMs: 60 },
      { kind: "stop", afterMs: 120 },
    ]);
    expect(strikes).toBe(2);
  } finally {
    await db.$disconnect();
    await rm(directory, { recursive: true });
  }
});
