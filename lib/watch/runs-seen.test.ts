import { expect, it } from "vitest";
import type { Run } from "#lib/schedules/model.ts";
import { aJob } from "#lib/testing/cluster-objects.ts";
import { createRunsSeen, type RunsSeen } from "./runs-seen.ts";

const NOON = Date.UTC(2026, 10, 21, 12);
const MINUTE = 60_000;
const clock = () => new Date(NOON);

/** Jobs of one schedule that have succeeded, a minute apart. */
function see(seen: RunsSeen, schedule: string, count: number) {
  const jobs = Array.from({ length: count }, (_, at) => ({
    job: aJob({
      uid: `${schedule}-${at}`,
      state: "succeeded",
      scheduledAt: NOON + at * MINUTE,
      endedAt: NOON + at * MINUTE,
    }),
    lastWords: undefined,
  }));
  return seen.see("gx", { uid: schedule, namespace: "mainnet", name: schedule, role: null }, jobs);
}

const uids = (runs: readonly Run[]) => runs.map(({ jobUid }) => jobUid);

it("of a schedule with many Jobs the newest 60 are known and kept, and the others neither, however often they are seen", () => {
  const seen = createRunsSeen(clock);
  see(seen, "s", 80);
  const { runs } = see(seen, "s", 80);
  expect([runs.length, runs[0]?.jobUid, runs.at(-1)?.jobUid]).toEqual([60, "s-20", "s-79"]);
  seen.kept(seen.unkept(clock()));
  see(seen, "s", 80);
  expect(seen.unkept(clock())).toEqual([]);
});

it("while nothing can be kept, 10,000 runs wait, the ones that changed last", () => {
  const seen = createRunsSeen(clock);
  for (let schedule = 0; schedule < 201; schedule += 1) {
    see(seen, `s${schedule}`, 50);
  }
  const waiting = uids(seen.unkept(clock()).map(({ run }) => run));
  expect([waiting.length, waiting[0], waiting.at(-1)]).toEqual([10_000, "s1-0", "s200-49"]);
});

it("what is read back is not kept again, and says nothing of a schedule that is gone meanwhile", () => {
  const seen = createRunsSeen(clock);
  const { runs } = see(seen, "s", 2);
  seen.recalled(new Map([["gx/s", runs]]));
  expect(seen.unkept(clock())).toEqual([]);
  expect(see(seen, "s", 2)).toEqual({ runs, isPastKnown: true });
  seen.forget("gx/s");
  seen.recalled(new Map([["gx/s", runs]]));
  expect(seen.unread()).toEqual([]);
  expect(see(seen, "s", 0)).toEqual({ runs: [], isPastKnown: false });
});
