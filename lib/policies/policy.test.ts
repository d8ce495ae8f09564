import { describe, expect, it } from "vitest";
import { type Person, ROLES, type Role } from "#lib/access/model.ts";
import { PROMOTION_POLICY, ROLLBACK_POLICY } from "#lib/testing/policies.ts";
import { type Agreeing, EXCLUDABLE, type Policy, type PolicyRule } from "./model.ts";
import {
  contradictionsIn,
  explain,
  freezeAt,
  mayAsk,
  missingFrom,
  policyFor,
  type Standing,
  stricter,
  whyTicketFails,
  wouldCount,
} from "./policy.ts";

const LIVE = "gravv/live";
const of = (name: string, count = 1, kind: Agreeing["kind"] = "role"): Agreeing => ({ kind, name, count });

const someone = (account: string, ...roles: string[]): Standing => ({ account, roles, groups: [] });
const person = (account: string, ...roles: Role[]): Person => ({
  account,
  emails: [],
  groups: [],
  grants: roles.map((role) => ({ role, environments: [LIVE] })),
});

describe("an approver counts once, where it helps most:", () => {
  it("somebody of two groups does not stand for both", () => {
    const policy = { agree: [of("risk"), of("compliance")] };
    expect(missingFrom(policy, [someone("ada", "risk", "compliance")])).toHaveLength(1);
    expect(missingFrom(policy, [someone("ada", "risk", "compliance"), someone("bo", "risk")])).toEqual([]);
    expect(missingFrom(policy, [someone("bo", "risk"), someone("ada", "risk", "compliance")])).toEqual([]);
  });

  it("the same account is one person, however it is spelt", () => {
    const policy = { agree: [of("operator", 2)] };
    expect(missingFrom(policy, [someone("ada", "operator"), someone(" Ada ", "operator")])).toEqual([of("operator")]);
  });

  it("a group of the identity provider is not a role of the same name", () => {
    const policy = { agree: [of("operator", 1, "group")] };
    expect(missingFrom(policy, [someone("ada", "operator")])).toEqual([of("operator", 1, "group")]);
    expect(missingFrom(policy, [{ account: "ada", roles: [], groups: ["operator"] }])).toEqual([]);
  });

  it("the count is that of the best seating, tried against every seating there is", () => {
    const roles = ["operator", "risk", "compliance"];
    let tried = 0;
    for (let seed = 0; seed < 400; seed += 1) {
      const bits = (from: number) => roles.filter((_role, index) => ((seed * 2_654_435_761) >>> (from + index)) & 1);
      const approvers = [0, 3, 6, 9].map((from, index) => someone(`p${index}`, ...bits(from)));
      const agree = roles.map((role, index) => of(role, 1 + (((seed * 40_503) >>> (index * 3)) & 1)));
      const missing = missingFrom({ agree }, approvers).reduce((sum, { count }) => sum + count, 0);
      expect(missing).toBe(fewestMissing(agree, approvers));
      tried += 1;
    }
    expect(tried).toBe(400);
  });
});

/** By trying each approver at each place, slowly and surely. */
function fewestMissing(agree: readonly Agreeing[], approvers: readonly Standing[]): number {
  const [first, ...rest] = approvers;
  if (first === undefined) {
    return agree.reduce((sum, { count }) => sum + count, 0);
  }
  const seated = agree.flatMap((one, index) =>
    one.count > 0 && first.roles.includes(one.name)
      ? [fewestMissing(agree.with(index, { ...one, count: one.count - 1 }), rest)]
      : [],
  );
  return Math.min(fewestMissing(agree, rest), ...seated);
}

describe("whether another word counts", () => {
  const policy = { agree: [of("operator"), of("risk")] };

  it.each([
    ["of a group that is missing", someone("ada", "risk"), [], true, "you are in risk"],
    [
      "of none of the groups",
      someone("ada", "viewer"),
      [],
      false,
      "Only operators or risk may approve in gravv/live; you are viewer there.",
    ],
    [
      "of a group that has agreed",
      someone("ada", "operator"),
      [someone("bo", "operator")],
      false,
      "Operators have agreed already; still missing: risk.",
    ],
    [
      "of both, after the one",
      someone("ada", "operator", "risk"),
      [someone("bo", "operator")],
      true,
      "you are in operators and risk",
    ],
  ])("%s", (_what, standing, approvers, allowed, because) => {
    expect(wouldCount(policy, approvers, standing, LIVE)).toEqual({ allowed, because });
  });
});

describe("the stricter of two policies", () => {
  const other: Policy = {
    ask: ["operator", "admin"],
    agree: [of("operator", 2), of("risk")],
    exclude: ["authors"],
    stepUp: true,
    expiresAfterMs: 60_000,
    run: "by-hand",
    tickets: ["^OPS-"],
    freezes: [{ name: "year end", from: "2026-12-18T00:00:00.000Z", to: "2027-01-04T00:00:00.000Z" }],
  };

  it("asks for all that either asks for", () => {
    expect(stricter(PROMOTION_POLICY, other)).toEqual({
      ask: ["operator"],
      agree: [of("operator", 2), of("risk")],
      exclude: ["requester", "authors"],
      stepUp: true,
      expiresAfterMs: 60_000,
      run: "by-hand",
      tickets: ["^OPS-"],
      freezes: other.freezes,
    });
  });

  it("is the same from either side, and a policy with itself is itself", () => {
    const sorted = (policy: Policy) => ({
      ...policy,
      agree: [...policy.agree].sort((a, b) => a.name.localeCompare(b.name)),
      exclude: [...policy.exclude].sort(),
    });
    expect(sorted(stricter(PROMOTION_POLICY, other))).toEqual(sorted(stricter(other, PROMOTION_POLICY)));
    expect(stricter(other, other)).toEqual(other);
  });

  it("is never satisfied by what does not satisfy each", () => {
    const both = stricter(PROMOTION_POLICY, other);
    for (const approvers of [[someone("a", "operator")], [someone("a", "risk")], [someone("a", "operator", "risk")]]) {
      expect(missingFrom(both, approvers)).not.toEqual([]);
    }
    const enough = [someone("a", "operator"), someone("b", "operator"), someone("c", "risk")];
    expect([both, PROMOTION_POLICY, other].map((policy) => missingFrom(policy, enough))).toEqual([[], [], []]);
  });
});

describe("where a policy stands", () => {
  const rules: PolicyRule[] = [
    { action: "promotion", environments: ["*"], policy: PROMOTION_POLICY },
    { action: "promotion", environments: [LIVE], policy: { ...PROMOTION_POLICY, agree: [of("risk")] } },
  ];

  it("several that stand in one place all hold", () => {
    expect(policyFor(rules, "promotion", LIVE)?.agree).toEqual([of("operator"), of("risk")]);
    expect(policyFor(rules, "promotion", "gravv/sandbox")?.agree).toEqual([of("operator")]);
  });

  it("without one nobody may, and the reason says so", () => {
    expect(policyFor(rules, "rollback", LIVE)).toBeNull();
    expect(mayAsk(person("ada", "operator"), "rollback", LIVE, null)).toEqual({
      allowed: false,
      because: "gatehouse.yaml has no policy for a rollback in gravv/live, so nobody may. An admin can write one.",
    });
  });

  it("a role that is held elsewhere does not help", () => {
    const elsewhere: Person = { ...person("ada"), grants: [{ role: "operator", environments: ["gravv/sandbox"] }] };
    expect(mayAsk(elsewhere, "promotion", LIVE, PROMOTION_POLICY).allowed).toBe(false);
    expect(mayAsk(person("ada", "developer"), "promotion", LIVE, PROMOTION_POLICY).allowed).toBe(true);
  });
});

describe("a freeze", () => {
  const policy = { freezes: [{ name: "year end", from: "2026-12-18T00:00:00.000Z", to: "2027-01-04T00:00:00.000Z" }] };

  it.each([
    ["2026-12-17T23:59:59.999Z", false],
    ["2026-12-18T00:00:00.000Z", true],
    ["2027-01-03T23:59:59.999Z", true],
    ["2027-01-04T00:00:00.000Z", false],
  ])("at %s: %s", (at, isFrozen) => {
    expect(freezeAt(policy, new Date(at)) !== undefined).toBe(isFrozen);
  });
});

describe("a ticket", () => {
  it("is asked for only where the policy says so, and must match all that it says", () => {
    expect(whyTicketFails({ tickets: [] }, undefined)).toBeUndefined();
    expect(whyTicketFails({ tickets: ["^OPS-[0-9]+$"] }, undefined)).toMatch(/asks for a ticket/);
    expect(whyTicketFails({ tickets: ["^OPS-[0-9]+$"] }, "OPS-12")).toBeUndefined();
    expect(whyTicketFails({ tickets: ["^OPS-[0-9]+$", "7$"] }, "OPS-12")).toBe("The ticket must look like 7$.");
  });
});

describe("a policy in sentences", () => {
  it("says who may ask, who must agree, whom it excludes and when it starts", () => {
    expect(explain("promotion", { ...PROMOTION_POLICY, agree: [of("operator", 2), of("risk")], stepUp: true })).toEqual(
      [
        "Developer or operator may ask for a promotion.",
        "2 of operators and 1 of risk must agree to exactly what was planned, all of them different people.",
        "Not counted: whoever asks and whoever wrote one of the commits.",
        "Whoever's word changes the environment signs in again for it.",
        "What is not done within 4 h is void.",
        "It starts at once when all have agreed.",
      ],
    );
  });

  it("names each of those whom it excludes", () => {
    expect(explain("promotion", { ...PROMOTION_POLICY, exclude: EXCLUDABLE })).toContain(
      "Not counted: whoever asks, whoever wrote one of the commits and whoever had a bot write one of them.",
    );
  });

  it("says it when nobody needs to agree", () => {
    expect(explain("rollback", ROLLBACK_POLICY)).toEqual([
      "Operator may roll back.",
      "Nobody else needs to agree.",
      "It starts at once when all have agreed.",
    ]);
  });
});

describe("a contradiction is found:", () => {
  const EVERY_ROLE = ROLES.map((role) => ({ role, environments: ["gravv/*"] }));
  const people = [person("dev", "developer"), person("op", "operator")];
  const codes = (policy: Policy, known: readonly Person[], areAllKnown = true) =>
    contradictionsIn(policy, LIVE, { people: known, grants: EVERY_ROLE, areAllKnown }).map(
      ({ code, message }) => `${code}: ${message}`,
    );

  it("none where everybody's request can be approved", () => {
    expect(codes({ ...PROMOTION_POLICY, ask: ["developer"] }, people)).toEqual([]);
  });

  it("nobody could ever approve", () => {
    expect(codes({ ...PROMOTION_POLICY, agree: [of("risk", 2)] }, people)).toEqual([
      "never_agreed: Nobody could ever approve it: 2 of risk is missing in gravv/live.",
    ]);
  });

  it("the requester is the only member", () => {
    expect(codes(PROMOTION_POLICY, people)).toEqual([
      "only_member: What op asks for can never be approved: without op too few are left to agree.",
    ]);
    expect(codes({ ...PROMOTION_POLICY, ask: ["operator"] }, people)).toEqual([
      "never_agreed: Nobody could ever approve it: whoever asks is needed to agree in gravv/live.",
    ]);
  });

  it("nobody holds a role that may ask", () => {
    expect(codes({ ...PROMOTION_POLICY, ask: ["admin"] }, people)[0]).toMatch(
      /^nobody_asks: Nobody holds admin in gravv\/live/,
    );
    expect(codes({ ...PROMOTION_POLICY, ask: [] }, people, false)).toEqual([
      "nobody_asks: No role may ask, so it can never be used.",
    ]);
  });

  it("a freeze that ends before it begins, but nothing of people whom only the identity provider knows", () => {
    const freezes = [{ name: "odd", from: "2027-01-01T00:00:00.000Z", to: "2026-01-01T00:00:00.000Z" }];
    expect(codes({ ...PROMOTION_POLICY, agree: [of("risk", 2)], freezes }, [], false)).toEqual([
      expect.stringContaining('freeze: The freeze "odd" ends'),
    ]);
  });
});
