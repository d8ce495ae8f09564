import { describe, expect, it } from "vitest";
import { type Evidence, evidenceOf, findingSentence, findingsOf, whyLost, whyUndecided } from "./evidence.ts";

const HEAD = "d".repeat(40);
const FROM = { environment: "gravv/sandbox", revision: HEAD };
const LEDGER = { service: "ledger", images: [{ container: "main", from: "ledger:1", to: "ledger:2" }] };

type Seen = NonNullable<Parameters<typeof evidenceOf>[1]>[number];

function seen(changes: Partial<Seen["workload"]> = {}, state: Seen["rollout"]["state"] = "done"): Seen {
  return {
    workload: { service: "ledger", revision: HEAD, images: [{ container: "main", image: "ledger:2" }], ...changes },
    rollout: { state },
  };
}

const statesOf = (
  running: readonly Seen[] | undefined,
  services: Parameters<typeof evidenceOf>[0]["services"] = [LEDGER],
) => Object.fromEntries(evidenceOf({ services, from: FROM }, running).map(({ item, state }) => [item, state]));

describe("what speaks for a promotion where it comes from", () => {
  it("is the very image and commit, rolled out, of each service by its name", () => {
    expect(evidenceOf({ services: [LEDGER], from: FROM }, [seen()])).toEqual(
      ["image", "revision", "rollout"].map((item) => ({
        item,
        state: "passed",
        source: "gravv/sandbox",
        subject: "ledger",
      })),
    );
  });

  it.each<[string, Seen[], string, Evidence["state"]]>([
    ["another image runs", [seen({ images: [{ container: "main", image: "ledger:1" }] })], "image", "failed"],
    [
      "the image runs in another container",
      [seen({ images: [{ container: "x", image: "ledger:2" }] })],
      "image",
      "failed",
    ],
    ["another commit runs", [seen({ revision: "e".repeat(40) })], "revision", "failed"],
    ["one of two is at another commit", [seen(), seen({ revision: "e".repeat(40) })], "revision", "failed"],
    ["nothing says which commit runs", [seen({ revision: undefined })], "revision", "unknown"],
    ["it rolls out", [seen({}, "progressing")], "rollout", "unknown"],
    ["it rolls out beside one that is done", [seen(), seen({}, "progressing")], "rollout", "unknown"],
    ["it rolls out beside one that is stuck", [seen({}, "stuck"), seen({}, "progressing")], "rollout", "failed"],
    ["it is stuck beside one that is done", [seen(), seen({}, "stuck")], "rollout", "failed"],
    ["it is paused", [seen({}, "paused")], "rollout", "failed"],
    ["one of two is not known", [seen(), seen({}, "unknown")], "rollout", "unknown"],
  ])("where %s", (_where, running, item, state) => {
    expect(statesOf(running)[item]).toBe(state);
  });

  it("is unknown, never passed, where it is not seen, and where nothing of the service runs", () => {
    const unknown = { image: "unknown", revision: "unknown", rollout: "unknown" };
    expect(statesOf(undefined)).toEqual(unknown);
    expect(statesOf([])).toEqual(unknown);
    expect(statesOf([seen({ service: "gateway" })])).toEqual(unknown);
  });

  it("is asked of no image where none changes, and of nothing where the service goes", () => {
    expect(statesOf([seen()], [{ service: "ledger", images: [] }])).toEqual({ revision: "passed", rollout: "passed" });
    const gone = { service: "ledger", images: [{ container: "main", from: "ledger:1" }] };
    expect(statesOf([seen()], [gone])).toEqual({});
  });
});

describe("evidence that is looked at again", () => {
  const one = (state: Evidence["state"], subject = "ledger"): Evidence => ({
    item: "rollout",
    state,
    source: "gravv/sandbox",
    subject,
  });

  it.each<[Evidence["state"], Evidence["state"], boolean]>([
    ["passed", "passed", false],
    ["passed", "failed", true],
    ["passed", "unknown", true],
    ["failed", "passed", false],
    ["failed", "unknown", false],
    ["failed", "failed", false],
    ["unknown", "passed", false],
    ["unknown", "failed", false],
    ["unknown", "unknown", false],
  ])("%s before and %s now is lost: %s", (before, now, isLost) => {
    const of = (state: Evidence["state"]): Evidence => ({ ...one(state), item: "image" });
    expect(whyLost([of(before)], [of(now)]) !== undefined).toBe(isLost);
    expect(whyUndecided([of(before)], [of(now)])).toBeUndefined();
  });

  it("is neither so nor lost while what it is of rolls out anew", () => {
    expect(whyLost([one("passed")], [one("unknown")])).toBeUndefined();
    expect(whyUndecided([one("passed")], [one("unknown")])).toBe(
      "It is not known at the moment whether ledger is rolled out in gravv/sandbox",
    );
    expect(whyUndecided([one("unknown")], [one("unknown")])).toBeUndefined();
    expect(whyUndecided([one("passed")], [one("passed")])).toBeUndefined();
    expect(whyLost([one("passed")], [one("failed")])).toBeDefined();
    expect(whyLost([one("passed")], [])).toBeDefined();
  });

  it("is compared by what, where and of what, and lost where it is not there any more", () => {
    expect(whyLost([one("passed")], [one("passed", "gateway")])).toBe(
      "What spoke for this no longer holds: ledger is not rolled out in gravv/sandbox.",
    );
    expect(whyLost([one("passed")], [one("failed", "gateway"), one("passed")])).toBeUndefined();
  });

  it("says in words what it shows, what did not pass first, and of what is not known that it is not", () => {
    const said = (evidence: readonly Evidence[]) => findingsOf(evidence).map(findingSentence);
    expect(said([one("passed"), one("unknown", "gateway"), one("failed", "onramp")])).toEqual([
      "onramp is not rolled out in gravv/sandbox.",
      "Not known whether gateway is rolled out in gravv/sandbox.",
      "ledger is rolled out in gravv/sandbox.",
    ]);
    expect(said([{ ...one("unknown"), item: "preflight" }])).toEqual([
      "Not known whether preflight of ledger passed, by gravv/sandbox.",
    ]);
  });

  it("says once what was found alike of several services", () => {
    const all = ["ledger", "gateway", "onramp"].flatMap((service) =>
      (["image", "revision", "rollout"] as const).map((item) => ({ ...one("passed", service), item })),
    );
    expect(findingsOf(all).map(findingSentence)).toEqual([
      "ledger, gateway and onramp run the promoted image in gravv/sandbox.",
      "ledger, gateway and onramp are at the promoted commit in gravv/sandbox.",
      "ledger, gateway and onramp are rolled out in gravv/sandbox.",
    ]);
  });
});
