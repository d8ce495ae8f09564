import { describe, expect, it } from "vitest";
import { plainWords } from "#components/ui/phrases.ts";
import type { RunRow, ScheduleRow } from "#lib/schedules/model.ts";
import { anEnvironment, aSource, byId } from "#lib/testing/rows.ts";
import type { SourceRow } from "#lib/watch/freshness.ts";
import {
  durationWords,
  environmentsWithout,
  reportWords,
  runsWords,
  runWords,
  schedulesWords,
  shownSchedules,
  withoutGone,
} from "./schedules-words.ts";

const NOUN = { one: "backup job", many: "backup jobs" };
const SINCE = "2026-11-21T12:00:00.000Z";

function row(name: string, changes: Partial<ScheduleRow> = {}): ScheduleRow {
  return {
    id: `gx/${name}`,
    environment: "gx/main",
    cluster: "gx",
    namespace: "main",
    kind: "CronJob",
    name,
    role: "backup",
    schedule: "0 */6 * * *",
    timeZone: null,
    state: "ok",
    message: null,
    lastSuccess: null,
    nextDue: null,
    usualMs: null,
    isPastKnown: true,
    runs: [],
    ...changes,
  };
}

const ENVIRONMENTS = byId(
  anEnvironment({ id: "gx/main" }),
  anEnvironment({ id: "gx/test", tier: "sandbox" }),
  anEnvironment({ id: "gx/dev", tier: "sandbox", isPlanned: true }),
);
const source = (state: SourceRow["state"]) => byId(aSource({ state }));
const shown = (rows: ScheduleRow[], state: SourceRow["state"] = "ok", roles?: string[]) =>
  shownSchedules(rows, { environments: ENVIRONMENTS, sources: source(state), roles });

describe("schedules", () => {
  it("are shown worst first, live before the rest, and only those of the page", () => {
    const rows = [
      row("fine"),
      row("test-missed", { state: "missed", environment: "gx/test" }),
      row("missed", { state: "missed" }),
      row("recon", { role: "reconciliation", state: "failed" }),
    ];
    expect(shown(rows, "ok", ["backup"]).map((one) => one.row.name)).toEqual(["missed", "test-missed", "fine"]);
    expect(shown(rows)).toHaveLength(4);
  });

  it("of a cluster that does not answer are unknown, however fine they were", () => {
    expect(shown([row("fine")], "stale").map(({ state }) => state)).toEqual(["unknown"]);
    const words = schedulesWords(shown([row("fine"), row("missed", { state: "missed" })], "stale"), NOUN);
    expect(words.title).toBe("Nothing is known of backup jobs now");
  });

  it("are said with the worst of them first", () => {
    const missed = row("pg", { state: "missed", message: "it was due 2026-11-21 12:00 UTC and has not started since" });
    const words = schedulesWords(shown([row("fine"), missed, row("off", { state: "suspended" })]), NOUN);
    expect(words.title).toBe("1 backup job of 3 not as scheduled, all in live");
    expect(plainWords(words.lead)).toBe(
      "pg in gx/main: it was due 2026-11-21 12:00 UTC and has not started since. 1 backup job suspended, so that nothing runs.",
    );
  });

  it("that are all kept are said to be, and none is not the same as all", () => {
    expect(schedulesWords(shown([row("a"), row("b")]), NOUN).title).toBe("2 backup jobs as scheduled");
    expect(schedulesWords(shown([row("a"), row("b", { state: "waiting" })]), NOUN).title).toBe(
      "1 backup job as scheduled, 1 not due yet",
    );
    expect(schedulesWords(shown([row("b", { state: "waiting" })]), NOUN).title).toBe("No backup job has been due yet");
    expect(schedulesWords(shown([row("b", { state: "suspended" })]), NOUN).title).toBe("No backup job runs");
    expect(schedulesWords([], NOUN).title).toBe("No backup job has been seen");
  });
});

describe("a job that was deleted", () => {
  const gone = row("old", { state: "gone", message: "it was deleted" });

  it("is said before those that are kept, and is not one that an environment has", () => {
    const words = schedulesWords(shown([row("pg"), gone]), NOUN);
    expect(words.title).toBe("1 backup job deleted, all in live");
    expect(plainWords(words.lead)).toBe("old in gx/main: it was deleted.");
    const { there, gone: missed } = withoutGone(shown([row("pg"), gone]));
    expect([there, missed].map((some) => some.map((one) => one.row.name))).toEqual([["pg"], ["old"]]);
    const without = environmentsWithout(shown([gone]), ENVIRONMENTS.values(), source("ok"));
    expect(without.map(({ id }) => id)).toEqual(["gx/main", "gx/test"]);
  });

  it("is not said where its cluster is not seen", () => {
    expect(withoutGone(shown([gone], "stale"))).toEqual({ there: [], gone: [] });
  });
});

describe("an environment without such a job", () => {
  it("is a finding, but where nothing is meant to run yet or nothing is seen", () => {
    const missing = (state: SourceRow["state"]) =>
      environmentsWithout(shown([row("pg")], state), ENVIRONMENTS.values(), source(state)).map(({ id }) => id);
    expect(missing("ok")).toEqual(["gx/test"]);
    expect(missing("unreachable")).toEqual([]);
  });

  it("is said before the jobs that are kept, and after one that is broken", () => {
    const missed = { what: "backup", environments: [...ENVIRONMENTS.values()].slice(0, 2) };
    const kept = schedulesWords(shown([row("pg")]), NOUN, missed);
    expect(kept.title).toBe("2 environments have no backup, 1 of them in live");
    expect(plainWords(kept.lead)).toBe("1 backup job as scheduled.");
    const broken = schedulesWords(shown([row("pg", { state: "failed" })]), NOUN, missed);
    expect(broken.title).toBe("1 backup job of 1 not as scheduled, all in live");
    expect(plainWords(broken.lead)).toContain("2 environments have no backup, 1 of them in live.");
    expect(schedulesWords(shown([row("pg")]), NOUN, { what: "backup", environments: [] }).title).toBe(
      "1 backup job as scheduled",
    );
  });
});

describe("runs", () => {
  const run: RunRow = {
    due: SINCE,
    started: SINCE,
    ended: "2026-11-21T12:05:00.000Z",
    state: "succeeded",
    failure: null,
    report: { size: "2Gi" },
  };

  it("say when they were due, how they went, how long they took and what they reported", () => {
    expect(runWords(run)).toBe("due 2026-11-21 12:00 UTC: succeeded, 5 min; size 2Gi");
    expect(runWords({ ...run, state: "failed", failure: "BackoffLimitExceeded", report: {} })).toContain(
      "BackoffLimitExceeded",
    );
  });

  it("are counted, and compared with what one usually takes", () => {
    const runs = [run, run, { ...run, state: "failed" }] as const;
    expect(runsWords({ runs, isPastKnown: true })).toBe("3 runs: 2 succeeded, 1 failed");
    expect(runsWords({ runs: [], isPastKnown: true })).toBe("no run is known");
    expect(durationWords({ runs: [run], usualMs: 240_000 })).toBe("5 min, usually 4 min");
    expect(durationWords({ runs: [], usualMs: null })).toBe("");
  });

  it("say what the newest of them reported that reported anything", () => {
    const said = { ...run, report: { size: "18.4Gi", result: "verified" } };
    expect(reportWords({ runs: [run, said, { ...run, state: "running", report: {} }] })).toBe(
      "size 18.4Gi and result verified",
    );
    expect(reportWords({ runs: [{ ...run, report: {} }] })).toBe("");
  });

  it("of before that have not been read back are said not to be known, and are not none", () => {
    const unknown = "what ran before is not known, for the database has not been read yet";
    expect(runsWords({ runs: [run], isPastKnown: false })).toBe(`1 run: 1 succeeded; ${unknown}`);
    expect(runsWords({ runs: [], isPastKnown: false })).toBe(`no run is known; ${unknown}`);
  });
});
