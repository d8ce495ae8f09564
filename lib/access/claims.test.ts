import { describe, expect, it } from "vitest";
import { authTimeOf, type ClaimsRead, nameForRecord, readClaims } from "./claims.ts";

const NAMES = { issuer: "https://id.example", accountClaim: "preferred_username", groupsClaim: "groups" };
const CLAIMS = {
  sub: "u-1",
  preferred_username: "Amara.K",
  email: "Amara@gravv.example",
  email_verified: true,
  groups: ["gravv-operators", "gravv-operators"],
};

const read = (changes: object): ClaimsRead => readClaims({ ...CLAIMS, ...changes }, NAMES);
const identity = (changes: object) => {
  const found = read(changes);
  return found.ok ? found.identity : undefined;
};

it("claims give account, verified address and groups, each once and without capitals", () => {
  expect(read({})).toEqual({
    ok: true,
    remark: undefined,
    identity: {
      provider: "https://id.example",
      subject: "u-1",
      account: "amara.k",
      emails: ["amara@gravv.example"],
      groups: ["gravv-operators"],
    },
  });
});

describe("an address counts only when the provider has verified it:", () => {
  it.each([
    [false, []],
    ["false", []],
    [undefined, []],
    [1, []],
    ["true", ["amara@gravv.example"]],
  ])("email_verified %j", (email_verified, emails) => {
    expect(identity({ email_verified })?.emails).toEqual(emails);
  });

  it("and when it is one", () => {
    expect(identity({ email: "amara" })?.emails).toEqual([]);
    expect(identity({ email: ["a@b.example"] })?.emails).toEqual([]);
  });
});

describe("groups:", () => {
  it("one string is one group", () => {
    expect(identity({ groups: "gravv-operators" })?.groups).toEqual(["gravv-operators"]);
  });

  it.each([[undefined], [null], [7], [{ admin: true }], [["a", 7]], [[""]], [""]])(
    "%j is none, and is said",
    (groups) => {
      expect(read({ groups })).toMatchObject({
        ok: true,
        identity: { groups: [] },
        remark: expect.stringContaining("claim groups"),
      });
    },
  );
});

describe("nobody is let in under a name that", () => {
  it.each([
    ["is Gatehouse's own", "system:gatehouse"],
    ["stands for somebody who is not signed in", "Nobody"],
    ["is empty", ""],
    ["is too long", "a".repeat(65)],
    ["has a line break", "amara\nadmin"],
    ["ends in a line break", "amara\n"],
    ["has markup", "<b>amara</b>"],
    ["has a blank", "amara k"],
    ["only looks like another", "аmara"],
    ["is no text", 7],
    ["is a list", ["amara"]],
    ["is missing", undefined],
  ])("%s", (_what, preferred_username) => {
    const refused = read({ preferred_username });
    expect(refused).toMatchObject({ ok: false, account: "-", because: expect.stringContaining("preferred_username") });
  });

  it("comes without the provider's own name for the person", () => {
    expect(read({ sub: undefined })).toMatchObject({ ok: false, account: "amara.k" });
    expect(readClaims("not claims", NAMES).ok).toBe(false);
  });
});

it("an address serves as a name, and so does any claim that is named for it", () => {
  expect(identity({ preferred_username: "Amara+x@gravv.example" })?.account).toBe("amara+x@gravv.example");
  const other = readClaims({ ...CLAIMS, nick: "am" }, { ...NAMES, accountClaim: "nick" });
  expect(other).toMatchObject({ ok: true, identity: { account: "am" } });
});

it("what somebody calls themselves reaches the record only as a name", () => {
  expect(nameForRecord("viewer")).toBe("viewer");
  expect(nameForRecord("x\u0000'; DROP TABLE")).toBe("-");
});

it("when somebody proved who they are is known only where the provider says so as a number", () => {
  expect(authTimeOf({ auth_time: 1_700_000_000 })).toBe(1_700_000_000);
  for (const auth_time of [undefined, null, "1700000000", 0, -1, 1.5]) {
    expect(authTimeOf({ auth_time })).toBeUndefined();
  }
});
