import { describe, expect, it } from "vitest";
import type { OperationRow } from "#lib/operations/model.ts";
import type { RequestRow } from "#lib/requests/model.ts";
import type { SeenService } from "#lib/services/model.ts";
import { PROMOTION_POLICY } from "#lib/testing/policies.ts";
import {
  endedAt,
  endWords,
  excludedNames,
  firstSentence,
  isLastChange,
  listWords,
  needsWords,
  rolloutWords,
} from "./request-words.ts";

const REVISION = "4dc7ba8d".repeat(5);

function request(changes: Partial<RequestRow> = {}): RequestRow {
  return {
    id: "req_1",
    action: "promotion",
    platform: "gravv",
    environment: "gravv/live",
    state: "waiting",
    stateReason: null,
    digest: "d",
    requestedBy: "developer",
    askedAs: ["developer"],
    steppedUp: false,
    reason: "why",
    approvals: [],
    policy: {
      ask: ["developer"],
      agree: [{ kind: "role", name: "operator", count: 1 }],
      exclude: ["requester", "authors"],
      stepUp: false,
      expiresAfterMs: 1,
      run: "at-once",
      tickets: [],
      freezes: [],
    },
    missing: [{ kind: "role", name: "operator", count: 1 }],
    ticket: null,
    runAt: null,
    breakGlassId: null,
    authors: [
      { name: "developer", email: "developer@gravv.example" },
      { name: "amara", email: "amara@gravv.example" },
    ],
    triggerers: [{ name: "tomasz", email: "" }],
    services: ["gateway", "ledger"],
    commits: 2,
    linesAdded: 1,
    linesRemoved: 1,
    createdAt: "2026-11-21T05:00:00.000Z",
    expiresAt: null,
    decidedAt: null,
    operation: null,
    ...changes,
  };
}

function operation(changes: Partial<OperationRow> = {}): OperationRow {
  return {
    id: "op_1",
    state: "succeeded",
    outcome: "Merged as 4dc7ba8d and rolled out",
    startedAt: "2026-11-21T05:01:00.000Z",
    endedAt: "2026-11-21T05:02:00.000Z",
    revision: REVISION,
    steps: [],
    ...changes,
  };
}

function seen(
  name: string,
  changes: Partial<SeenService["service"]["rollout"]> = {},
  revision = REVISION,
): SeenService {
  const rollout = { state: "done", reason: null, desired: 3, updated: 3, ready: 3, available: 3, ...changes } as const;
  return {
    service: {
      id: `gravv/live/${name}`,
      environment: "gravv/live",
      platform: "gravv",
      cluster: "gravv",
      namespace: "gravv-live",
      name,
      kind: "Deployment",
      release: { version: "1", image: "x:1", digest: undefined, revision },
      rollout,
      behind: null,
    },
    health: { state: rollout.state === "stuck" ? "crit" : "ok", reasons: [] },
  };
}

describe("what came of a request", () => {
  it.each<[string, Partial<RequestRow>]>([
    ["2 services promoted to gravv/live", { state: "approved", operation: operation() }],
    ["2 services rolled back in gravv/live", { action: "rollback", state: "approved", operation: operation() }],
    ["ledger promoted to gravv/live", { state: "approved", services: ["ledger"], operation: operation() }],
    ["2 services to gravv/live: failed", { state: "approved", operation: operation({ state: "failed" }) }],
    ["2 services to gravv/live: void, nothing changed", { state: "void" }],
    ["developer withdrew 2 services to gravv/live", { state: "withdrawn" }],
    [
      "operator rejected 2 services to gravv/live",
      {
        state: "rejected",
        approvals: [
          {
            account: "operator",
            decision: "reject",
            at: "",
            comment: null,
            roles: [],
            groups: [],
            steppedUp: false,
            excludableAs: [],
          },
        ],
      },
    ],
  ])("is said as “%s”", (words, changes) => {
    expect(endWords(request(changes))).toBe(words);
  });

  it("has no end while it waits or runs, and ends with its operation or its decision", () => {
    expect(endedAt(request())).toBeUndefined();
    expect(endedAt(request({ state: "approved", operation: operation({ state: "running", endedAt: null }) }))).toBe(
      undefined,
    );
    expect(endedAt(request({ state: "approved", operation: operation() }))).toBe("2026-11-21T05:02:00.000Z");
    expect(endedAt(request({ state: "rejected", decidedAt: "2026-11-21T05:03:00.000Z" }))).toBe(
      "2026-11-21T05:03:00.000Z",
    );
  });
});

describe("the last change of an environment", () => {
  const first = request({ state: "approved", operation: operation() });
  const later = operation({ id: "op_2", startedAt: "2026-11-21T06:00:00.000Z" });

  it("is one that changed something and after which nothing else did", () => {
    expect(isLastChange(first, [first])).toBe(true);
    expect(isLastChange(first, [first, request({ id: "req_2", operation: later })])).toBe(false);
  });

  it("is not undone by what changed nothing or happened elsewhere", () => {
    const idle = request({ id: "req_2", operation: { ...later, revision: null } });
    const elsewhere = request({ id: "req_3", environment: "gravv/sandbox", operation: later });
    expect(isLastChange(first, [first, idle, elsewhere])).toBe(true);
  });

  it("is never one that changed nothing", () => {
    expect(isLastChange(request(), [])).toBe(false);
    expect(isLastChange(request({ operation: operation({ revision: null }) }), [])).toBe(false);
  });
});

describe("a rollout in a few words", () => {
  const running = request({ state: "approved", operation: operation({ state: "running" }) });

  it("counts a service as done only when it runs the new revision to the end", () => {
    expect(rolloutWords(running, [seen("gateway"), seen("ledger", {}, "older")])).toBe("1 of 2 services done");
    expect(rolloutWords(running, [seen("gateway", { state: "progressing" })])).toBe("0 of 1 service done");
  });

  it("counts nothing as done that is not known now", () => {
    const dark: SeenService = { ...seen("gateway"), health: { state: "unknown", reasons: [] } };
    expect(rolloutWords(running, [dark])).toBe("0 of 1 service done");
  });

  it("puts what is stuck in front", () => {
    expect(rolloutWords(running, [seen("gateway", { state: "stuck" }), seen("ledger")])).toBe(
      "gateway stuck · 1 of 2 services done",
    );
  });
});

describe("who must agree", () => {
  it("is said as one of a group, without those who asked or wrote it", () => {
    expect(needsWords(request())).toBe("needs one of operators, not developer and amara");
    expect(needsWords(request({ missing: [{ kind: "role", name: "operator", count: 2 }] }))).toContain(
      "needs 2 of operators",
    );
    expect(needsWords(request({ missing: [] }))).toBe("needs nobody");
    expect(excludedNames(request({ requestedBy: "operator" }))).toEqual(["operator", "amara", "developer"]);
  });

  it("names whoever had a bot write some of it, where the policy excludes them", () => {
    const policy = { ...PROMOTION_POLICY, exclude: ["triggerers"] } as const;
    expect(excludedNames(request({ policy }))).toEqual(["tomasz"]);
  });

  it("is said of several groups, holders of a role by the role and a body by its own name", () => {
    const agreeing = [
      { kind: "role", name: "compliance", count: 1 },
      { kind: "group", name: "leads", count: 2 },
    ] as const;
    expect(needsWords(request({ missing: agreeing }))).toContain("needs one of compliance and 2 of the group leads");
  });
});

it("a list ends in “and”", () => {
  expect([listWords([]), listWords(["a"]), listWords(["a", "b", "c"])]).toEqual(["", "a", "a, b and c"]);
});

it("the first sentence of a text is all before its first full stop or semicolon", () => {
  expect(firstSentence("Merged, but the rollout is stuck. ledger: no room")).toBe("Merged, but the rollout is stuck");
  expect(firstSentence("main is at 4dc7ba8d")).toBe("main is at 4dc7ba8d");
});
