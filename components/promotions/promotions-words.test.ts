import { describe, expect, it } from "vitest";
import { plainWords } from "#components/ui/phrases.ts";
import { anEnvironment, aSource, byId } from "#lib/testing/rows.ts";
import type { SourceRow } from "#lib/watch/freshness.ts";
import { promotionsWords } from "./promotions-words.ts";

const live = (behind: number | null) =>
  anEnvironment({ id: "gravv/live", platformName: "Gravv", branch: "main", after: "gravv/sandbox", behind });

function say(behind: number | null, state: SourceRow["state"] = "ok") {
  const git = aSource({ id: "git:gravv", state, since: "2026-11-21T02:41:00.000Z" });
  const { title, lead } = promotionsWords({
    environments: [live(behind)],
    sources: byId(git),
    open: [],
  });
  return { title, lead: plainWords(lead) };
}

describe("the promotions page's first words", () => {
  it("count what can be promoted", () => {
    expect(say(1)).toEqual({
      title: "1 commit can be promoted.",
      lead: "gravv/live is 1 commit behind gravv/sandbox.",
    });
  });

  it("say that nothing is left only where that is known", () => {
    expect(say(0)).toEqual({ title: "Nothing is left to promote.", lead: "gravv/live has all there is." });
    expect(say(0, "stale").title).toBe("What can be promoted is not known.");
    expect(say(5, "stale").lead).toBe(
      "The Git repository of gravv has not answered since 02:41 UTC: how far gravv/live is behind is not known.",
    );
    expect(say(null).lead).toBe("main has not been compared yet: how far gravv/live is behind is not known.");
  });
});
