import { describe, expect, it } from "vitest";
import { type Person, ROLES, type Role } from "#lib/access/model.ts";
import { EXCLUDABLE } from "#lib/policies/model.ts";
import { PROMOTION_POLICY } from "#lib/testing/policies.ts";
import type { RequestRow } from "./model.ts";
import { isSamePerson, mayApprove, mayReject, mayWithdraw } from "./policy.ts";

type Facts = Parameters<typeof mayApprove>[1];

const REQUEST_STATES = [
  "waiting",
  "approved",
  "rejected",
  "withdrawn",
  "void",
] as const satisfies RequestRow["state"][];
const holding = (...roles: Role[]): Pick<Person, "grants"> => ({
  grants: roles.map((role) => ({ role, environments: ["gravv/live"] })),
});

const operator: Person = {
  account: "operator",
  emails: ["jane.doe@gravv.example"],
  groups: [],
  ...holding("operator"),
};

function request(changes: Partial<Facts> = {}): Facts {
  return {
    action: "promotion",
    environment: "gravv/live",
    policy: { ...PROMOTION_POLICY, exclude: EXCLUDABLE },
    operation: null,
    state: "waiting",
    requestedBy: "developer",
    askedAs: ["developer"],
    steppedUp: false,
    ticket: null,
    runAt: null,
    expiresAt: null,
    missing: PROMOTION_POLICY.agree,
    authors: [{ name: "Dev Eloper", email: "dev@gravv.example" }],
    triggerers: [],
    approvals: [],
    commits: 3,
    ...changes,
  };
}

const approved = (account: string): Facts["approvals"][number] => ({
  account,
  decision: "approve",
  at: "2026-11-21T12:00:00.000Z",
  comment: null,
  roles: [],
  groups: [],
  steppedUp: false,
  excludableAs: [],
});

const SITUATIONS = {
  "none of these": {},
  requester: { requestedBy: "operator" },
  author: { authors: [{ name: "Jane", email: "jane.doe@gravv.example" }] },
  "one author of several": {
    authors: [
      { name: "Dev", email: "dev@gravv.example" },
      { name: "Jane", email: "jane.doe@gravv.example" },
    ],
  },
  "whoever had a bot write it": { triggerers: [{ name: "operator", email: "" }] },
  "already approved": { approvals: [approved("operator")] },
} as const;
type Situation = keyof typeof SITUATIONS;

describe("approving", () => {
  const table = ROLES.flatMap((role) =>
    REQUEST_STATES.flatMap((state) =>
      Object.keys(SITUATIONS).map((situation) => ({ role, state, situation: situation as Situation })),
    ),
  );

  it.each(table)("by $role of a request that is $state, being $situation", ({ role, state, situation }) => {
    const person: Person = { ...operator, ...holding(role) };
    const decision = mayApprove(person, request({ state, ...SITUATIONS[situation] }));
    expect(decision.allowed).toBe(role === "operator" && state === "waiting" && situation === "none of these");
    expect(decision.because).not.toBe("");
  });

  it.each([
    ["developer", holding("developer"), {}, /^Only operators may approve in gravv\/live; you are developer there\.$/],
    ["requester", {}, { requestedBy: "Operator " }, /^You asked for this; somebody else must approve it\.$/],
    ["author", {}, SITUATIONS.author, /^You wrote one of the commits; somebody who wrote none/],
    [
      "triggerer",
      {},
      SITUATIONS["whoever had a bot write it"],
      /^You had a bot write one of the commits; somebody who/,
    ],
    [
      "free of a bot",
      {},
      { triggerers: [{ name: "dev", email: "" }] },
      /did not ask, wrote none of the 3 commits, and had no bot write any\.$/,
    ],
    ["without a policy", {}, { policy: null }, /^gatehouse\.yaml no longer has a policy/],
    ["approver", {}, { approvals: [approved("OPERATOR")] }, /^You have decided already; a person counts once\.$/],
    ["late", {}, { state: "void" as const }, /^This request no longer waits/],
    ["free", {}, {}, /^You may: you are in operators, did not ask, and wrote none of the 3 commits\.$/],
    ["free of one", {}, { commits: 1 }, /did not write the commit\.$/],
  ])("says why to someone who is %s", (_who, person, facts, because) => {
    expect(mayApprove({ ...operator, ...person }, request(facts)).because).toMatch(because);
  });

  it("is kept from nobody whom its policy does not exclude", () => {
    for (const situation of ["requester", "author", "whoever had a bot write it"] as const) {
      const facts = request({ ...SITUATIONS[situation], policy: { ...PROMOTION_POLICY, exclude: [] } });
      expect(mayApprove(operator, facts).allowed).toBe(true);
    }
  });

  it("needs one role that may, whatever other roles the person has", () => {
    expect(mayApprove({ ...operator, ...holding("viewer", "operator") }, request()).allowed).toBe(true);
    expect(mayApprove({ ...operator, ...holding() }, request()).allowed).toBe(false);
    expect(mayApprove({ ...operator, ...holding("admin", "compliance", "risk") }, request()).allowed).toBe(false);
  });

  it("is not held against somebody whom another's approval, request or commit has nothing to do with", () => {
    const busy = request({
      requestedBy: "operator-2",
      approvals: [approved("operator-3")],
      authors: [
        { name: "Operator Two", email: "operator-2@gravv.example" },
        { name: "jane", email: "jane@gravv.example" },
        { name: "Jane Doe", email: "jane.doe@other.example" },
        { name: "", email: "" },
        { name: "Bot", email: "operators@gravv.example" },
        { name: "Bot", email: "bot+operator@gravv.example" },
      ],
    });
    expect(mayApprove(operator, busy).allowed).toBe(true);
  });
});

describe("a commit's author is this person", () => {
  it.each([
    ["by a known address", "Jane", "jane.doe@gravv.example"],
    ["in whatever case", "Jane", "Jane.DOE@Gravv.Example"],
    ["with spaces around", "Jane", "  jane.doe@gravv.example "],
    ["with a suffix to a known address", "Jane", "jane.doe+git@gravv.example"],
    ["by an address that spells the account", "X", "operator@elsewhere.example"],
    ["by such an address with a suffix", "X", "Operator+laptop@elsewhere.example"],
    ["by the host's own address for the account", "X", "12345+operator@users.noreply.git.example"],
    ["by a name that spells the account", " Operator", "somebody@else.example"],
  ])("%s", (_how, name, email) => {
    expect(isSamePerson(operator, { name, email })).toBe(true);
  });

  it("also when the known address is the one with the suffix or the capitals", () => {
    const person = { ...operator, emails: ["Jane.Doe+work@Gravv.example"] };
    expect(isSamePerson(person, { name: "J", email: "jane.doe@gravv.example" })).toBe(true);
  });

  it.each([
    ["another address", "Jane", "jane@gravv.example"],
    ["the same local part elsewhere", "Jane", "jane.doe@other.example"],
    ["an account that merely begins alike", "X", "operator-2@gravv.example"],
    ["no address at all", "", ""],
    ["only an at-sign", "", "@"],
  ])("but not by %s", (_how, name, email) => {
    expect(isSamePerson(operator, { name, email })).toBe(false);
  });
});

describe("rejecting", () => {
  it.each(ROLES.flatMap((role) => REQUEST_STATES.map((state) => ({ role, state }))))(
    "by $role of a request that is $state",
    ({ role, state }) => {
      const decision = mayReject({ ...operator, ...holding(role) }, request({ state }));
      expect(decision.allowed).toBe(role === "operator" && (state === "waiting" || state === "approved"));
    },
  );

  it("is open to an author, and closed to whoever asked", () => {
    expect(mayReject(operator, request(SITUATIONS.author)).allowed).toBe(true);
    expect(mayReject(operator, request(SITUATIONS.requester))).toEqual({
      allowed: false,
      because: "You asked for this; withdraw it instead.",
    });
  });
});

describe("withdrawing", () => {
  it.each(REQUEST_STATES)("is for whoever asked, until it starts (%s)", (state) => {
    const asked = request({ state, requestedBy: "operator" });
    const isOpen = state === "waiting" || state === "approved";
    expect(mayWithdraw(operator, asked).allowed).toBe(isOpen);
    expect(mayWithdraw({ ...operator, ...holding() }, asked).allowed).toBe(isOpen);
    const other = { ...operator, account: "operator-2", ...holding("operator", "admin") };
    expect(mayWithdraw(other, asked).allowed).toBe(false);
  });
});
