import { expect, it } from "vitest";
import { roleWords, standingWords } from "./people-words.ts";

it("a role is said with where it is held, once", () => {
  expect(
    roleWords([
      { role: "operator", environments: ["gravv/live", "gravv/sandbox"] },
      { role: "viewer", environments: ["*"] },
      { role: "viewer", environments: ["gravv/*", "*"] },
    ]),
  ).toEqual(["operator in gravv/live, gravv/sandbox", "viewer everywhere"]);
});

it("no role and no way to sign in are not the same", () => {
  expect(roleWords([])).toEqual(["no role"]);
  expect(roleWords(undefined)).toEqual(["cannot sign in any more"]);
});

it("the page says how many there are, and how many of them can do nothing", () => {
  const viewer = { grants: [{ role: "viewer" as const, environments: ["*"] }] };
  expect(standingWords([viewer])).toBe("1 person has signed in so far.");
  expect(standingWords([viewer, viewer, { grants: [] }])).toBe(
    "3 people have signed in so far. 1 of them holds no role any more.",
  );
});
