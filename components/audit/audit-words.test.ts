import { describe, expect, it } from "vitest";
import { auditPath, factsIn, saidIn } from "./audit-words.ts";

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
