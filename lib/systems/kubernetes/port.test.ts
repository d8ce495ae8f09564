import { describe, expect, it } from "vitest";
import { accessToRestart, actorFor } from "./port.ts";

const ALLOWED = ["payments", "CN=Ops, OU=EU"];
const ada = (groups: string[], account = "ada@gravv.example") => ({ account, groups });

describe("somebody acts in a cluster", () => {
  it("by their account's name, with those of their groups that are allowed there, each once", () => {
    const made = actorFor(ada(["payments", "hr", "CN=Ops, OU=EU", "payments"]), ALLOWED);
    expect(made).toEqual({ ok: true, actor: { user: "ada@gravv.example", groups: ["payments", "CN=Ops, OU=EU"] } });
  });

  it("without any group where none of theirs is allowed", () => {
    expect(actorFor(ada(["hr"]), ALLOWED)).toEqual({ ok: true, actor: { user: "ada@gravv.example", groups: [] } });
  });

  it("not at all where gatehouse.yaml has no list for the cluster", () => {
    expect(actorFor(ada(["payments"]), undefined)).toEqual({
      ok: false,
      because: "gatehouse.yaml names no groups to impersonate for this cluster, so Gatehouse changes nothing in it",
    });
  });

  it.each(["system:masters", "system:authenticated", "system:"])(
    "not at all as a member of %s, allowed or not",
    (group) => {
      const because = "one of the person's groups begins with system:, which is Kubernetes' own";
      expect(actorFor(ada(["payments", group]), ALLOWED)).toEqual({ ok: false, because });
      expect(actorFor(ada([group]), [group])).toEqual({ ok: false, because });
    },
  );

  it.each(["system:admin", "system:serviceaccount:kube-system:default", "system:"])("not at all as %s", (account) => {
    expect(actorFor(ada([], account), ALLOWED)).toEqual({
      ok: false,
      because:
        "the account's name cannot be used in a cluster: expected a name that does not begin with system:, which is Kubernetes' own",
    });
  });

  it.each([
    "",
    " ",
    " ada",
    "ada ",
    "a\u0000b",
    "a\nb",
    "a\r\nImpersonate-Group: system:masters",
    "a\tb",
    "zoë",
    "阿达",
    "a".repeat(201),
  ])("not at all under a name or in a group that a header cannot carry unchanged: %j", (name) => {
    const why = "cannot be used in a cluster: expected 1 to 200 printable ASCII characters, and no space at either end";
    expect(actorFor(ada([], name), ALLOWED)).toEqual({ ok: false, because: `the account's name ${why}` });
    expect(actorFor(ada([name]), [name])).toEqual({ ok: false, because: `the name of a group ${why}` });
  });
});

it("a restart takes the right to patch the workload", () => {
  expect(accessToRestart({ kind: "StatefulSet", namespace: "gravv-live", name: "svc-ledger" })).toEqual({
    verb: "patch",
    group: "apps",
    resource: "statefulsets",
    namespace: "gravv-live",
    name: "svc-ledger",
  });
});
