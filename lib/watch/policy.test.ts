import { expect, it } from "vitest";
import type { Person } from "#lib/access/model.ts";
import type { Change } from "./model.ts";
import { environmentOf, maySee } from "./policy.ts";

const person: Person = {
  account: "ada",
  emails: [],
  groups: [],
  grants: [{ role: "viewer", environments: ["gravv/sandbox"] }],
};
const quota = (environment: string): Change => ({
  kind: "quota",
  id: `${environment} cpu`,
  row: {
    id: "",
    cluster: "",
    namespace: "",
    quota: "",
    environment,
    resource: "",
    hard: "",
    requested: null,
    measured: null,
    unmeasured: null,
  },
});

it("a row is seen where one holds a role, and nowhere else", () => {
  expect(maySee(person, environmentOf(quota("gravv/sandbox")))).toBe(true);
  expect(maySee(person, environmentOf(quota("gravv/live")))).toBe(false);
  expect(maySee({ ...person, grants: [] }, environmentOf(quota("gravv/sandbox")))).toBe(false);
});

it("what belongs to no environment is seen by everybody", () => {
  const source: Change = {
    kind: "source",
    id: "cluster:gravv",
    row: { id: "cluster:gravv", state: "ok", since: "", message: null },
  };
  expect(maySee({ ...person, grants: [] }, environmentOf(source))).toBe(true);
});
