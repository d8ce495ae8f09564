import { describe, expect, it } from "vitest";
import { auditPath, cameOf, factsIn, readWords, saidIn, wordOf } from "./audit-words.ts";

describe("a row of the record", () => {
  it("says first why it was refused, then what came of it, then why it was wanted", () => {
    expect(saidIn({ reason: "a", outcome: "b", because: "c" })).toBe("c");
    expect(saidIn({ reason: "a", outcome: "b" })).toBe("b");
    expect(saidIn({ reason: "a" })).toBe("a");
    expect(saidIn({ operation: "op_1" })).toBeUndefined();
  });

  it("loses nothing that it does not say first, but the digest, which stands elsewhere", () => {
    expect(
      factsIn({ digest: "d", outcome: "done so", reason: "why", operation: "op_1", extra: 3, none: null }),
    ).toEqual([
      { name: "operation", value: "op_1" },
      { name: "reason", value: "why" },
      { name: "extra", value: "3" },
    ]);
  });

  it("says by whose decision or from what it follows first of all facts, and a refusal not twice", () => {
    expect(factsIn({ operation: "op_1", decision: "follows from its start" })[0]).toEqual({
      name: "decision",
      value: "follows from its start",
    });
    expect(factsIn({ because: "Only operator may.", decision: "denied because only operator may" })).toEqual([]);
  });

  it("gives revisions short and reasons of a permission without their address", () => {
    expect(factsIn({ revision: "6d197be2".repeat(5), allowed: "You may: you are operator." })).toEqual([
      { name: "allowed", value: "you are operator." },
      { name: "revision", value: "6d197be2" },
    ]);
  });
});

it("a search of the record stands in the URL, without what is not searched for", () => {
  expect(auditPath({ actor: undefined })).toBe("/audit");
  expect(auditPath({ actor: "operator", before: 7, from: "2026-11-21T09:00:00+01:00" })).toBe(
    "/audit?actor=operator&before=7&from=2026-11-21T09%3A00%3A00%2B01%3A00",
  );
});

it("whoever reads a part of the record is told which, and whoever reads all of it is told nothing", () => {
  expect(readWords(["gravv/live", "gx-protocol/*"])).toMatch(/^You see the rows of gravv\/live and gx-protocol;/);
  expect(readWords("everywhere")).toBe("");
});

it("a word on a request is told with what the person stood for and with what they said", () => {
  const word = {
    account: "operator-2",
    at: "2026-11-21T09:00:00.000Z",
    groups: [],
    steppedUp: false,
    excludableAs: [],
  };
  expect(wordOf({ ...word, decision: "approve", roles: ["operator", "risk"], comment: null })).toBe(
    "operator-2 approved as operator and risk",
  );
  expect(wordOf({ ...word, decision: "reject", roles: [], comment: "not on a Friday" })).toBe(
    "operator-2 rejected: not on a Friday",
  );
});

it("what came of a request is its operation's outcome, or else why it ended", () => {
  const operation = { id: "op_1", startedAt: "", endedAt: null, revision: null, steps: [] };
  expect(cameOf({ operation: { ...operation, state: "failed", outcome: "Git refused it" }, stateReason: null })).toBe(
    "Git refused it.",
  );
  expect(cameOf({ operation: null, stateReason: "rejected by ada: no" })).toBe("Rejected by ada: no.");
  expect(cameOf({ operation: { ...operation, state: "running", outcome: null }, stateReason: null })).toBeUndefined();
});
