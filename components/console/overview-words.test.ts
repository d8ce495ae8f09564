import { describe, expect, it } from "vitest";
import { type Phrase, plainWords } from "#components/ui/phrases.ts";
import type { Person, Role } from "#lib/access/model.ts";
import type { RequestRow } from "#lib/requests/model.ts";
import type { Rollout } from "#lib/rollouts/model.ts";
import { type HealthState, healthOf, type ServiceRow, type WorryingJob } from "#lib/services/model.ts";
import { PROMOTION_POLICY, ROLLBACK_POLICY } from "#lib/testing/policies.ts";
import type { SourceRow } from "#lib/watch/freshness.ts";
import { type EnvironmentFacts, overviewWords } from "./overview-words.ts";

const person = (account: Role): Person => ({
  account,
  emails: [],
  groups: [],
  grants: [{ role: account, environments: ["*"] }],
});
const OPERATOR = person("operator");
const VIEWER = person("viewer");
const DONE: Rollout = { state: "done", reason: null, desired: 4, updated: 4, ready: 4, available: 4 };
const STUCK: Rollout = {
  ...DONE,
  state: "stuck",
  reason: { code: "quota", message: "quota q leaves no room: needs 1" },
};

function source(id: string, state: SourceRow["state"]): SourceRow {
  return { id, state, since: "2026-11-21T02:41:00.000Z", message: null };
}

type Given = Partial<{
  name: "live" | "sandbox";
  rollout: Partial<Rollout>;
  behind: number | null;
  cluster: SourceRow["state"];
  git: SourceRow["state"];
  isPlanned: boolean;
  services: readonly string[];
  jobs: readonly WorryingJob[];
}>;

function facts(given: Given = {}): EnvironmentFacts {
  const name = given.name ?? "live";
  const cluster = source("kubernetes:gravv", given.cluster ?? "ok");
  const services = (given.services ?? ["ledger"]).map(
    (service): ServiceRow => ({
      id: `gravv/${name}/${service}`,
      environment: `gravv/${name}`,
      platform: "gravv",
      cluster: "gravv",
      namespace: `gravv-${name}`,
      name: service,
      kind: "Deployment",
      release: { version: "1", image: "x:1", digest: undefined, revision: undefined },
      rollout: { ...DONE, ...given.rollout },
      behind: null,
    }),
  );
  return {
    environment: {
      id: `gravv/${name}`,
      platform: "gravv",
      platformName: "Gravv",
      name,
      tier: name,
      cluster: "gravv",
      namespaces: [],
      branch: name === "live" ? "main" : "dev",
      head: null,
      after: name === "live" ? "gravv/sandbox" : null,
      isPlanned: given.isPlanned ?? false,
      behind: given.behind === undefined ? 0 : given.behind,
      policies: { promotion: PROMOTION_POLICY, rollback: ROLLBACK_POLICY, restart: null },
      breakGlass: null,
    },
    seen: services.map((service) => ({ service, health: healthOf(service, cluster) })),
    jobs: given.jobs ?? [],
    cluster,
    git: source("git:gravv", given.git ?? "ok"),
  };
}

const WAITING: RequestRow = {
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
  policy: PROMOTION_POLICY,
  missing: PROMOTION_POLICY.agree,
  ticket: null,
  runAt: null,
  breakGlassId: null,
  authors: [],
  triggerers: [],
  services: ["ledger"],
  commits: 1,
  linesAdded: 1,
  linesRemoved: 1,
  createdAt: "2026-11-21T02:00:00.000Z",
  expiresAt: null,
  decidedAt: null,
  operation: null,
};

function say(
  environments: readonly EnvironmentFacts[],
  requests: readonly RequestRow[] = [],
  person = OPERATOR,
  isLineDown = false,
) {
  const { title, lead } = overviewWords({ environments, requests, person, isLineDown });
  return { title, lead: plainWords(lead), marks: lead.filter((phrase: Phrase) => typeof phrase !== "string") };
}

describe("the overview's first words", () => {
  it("say that nothing needs anyone, and stop", () => {
    expect(say([facts(), facts({ name: "sandbox" })])).toMatchObject({
      title: "Nothing needs you now.",
      lead: "gravv/live is healthy.",
    });
  });

  it("name what is stuck in live with its reason, subject and worry marked", () => {
    const said = say([facts({ rollout: STUCK }), facts({ name: "sandbox" })]);
    expect(said.title).toBe("One thing needs you in live.");
    expect(said.lead).toBe("gravv/live ledger – stuck on quota: quota q leaves no room: needs 1.");
    expect(said.marks).toEqual([{ strong: "gravv/live ledger" }, { em: "stuck on quota" }]);
  });

  it("say of live what is seen and yet not known to work, and never count it as healthy", () => {
    const rollout: Rollout = { state: "unknown", reason: null, desired: 1, updated: 1, ready: 0, available: 1 };
    const said = say([facts({ rollout, services: ["a", "b", "c", "d"] })]);
    expect(said.lead).toBe("gravv/live: whether a, b and c and 1 more work is not known.");
  });

  it("do not say of all what is true of live alone", () => {
    const said = say([facts(), facts({ name: "sandbox", rollout: STUCK })]);
    expect(said.title).toBe("Nothing in live needs you now.");
    expect(said.lead).toContain("gravv/sandbox ledger – stuck on quota");
  });

  it("name three broken services and count the rest", () => {
    const said = say([facts({ rollout: STUCK, services: ["a", "b", "c", "d", "e"] })]);
    expect(said.title).toBe("5 things need you in live.");
    expect(said.lead).toContain("2 more services broken there.");
    expect(said.lead).not.toContain("gravv/live d");
  });

  it("ask only those who can do something about it", () => {
    expect(say([facts({ rollout: STUCK })], [], VIEWER).title).toBe("One thing waits for somebody else.");
    expect(say([facts()], [WAITING], VIEWER).title).toBe("One thing waits for somebody else.");
    expect(say([facts(), facts({ name: "sandbox" })], [WAITING], OPERATOR).title).toBe("One thing needs you.");
  });

  it("do not ask an operator to approve what they asked for", () => {
    const said = say([facts()], [{ ...WAITING, requestedBy: "operator" }]);
    expect(said.title).toBe("One thing waits for somebody else.");
    expect(said.lead).toContain(
      "1 request by you waits for the approval of an operator who neither asked nor wrote it.",
    );
  });

  it("never call healthy what is not seen now", () => {
    const said = say([facts({ cluster: "stale" })]);
    expect(said.title).toBe("Not everything can be seen.");
    expect(said.lead).toBe(
      "Cluster gravv has not answered since 02:41 UTC: what is shown of gravv/live is the last that was seen.",
    );
    expect(say([facts({ services: [] })]).lead).toContain("what runs there is not known");
  });

  it("are not troubled by an environment in which nothing is meant to run yet", () => {
    const planned = facts({ name: "sandbox", services: [], isPlanned: true });
    expect(say([facts(), planned])).toMatchObject({
      title: "Nothing needs you now.",
      lead: "gravv/live is healthy.",
    });
  });

  it("never give a distance that Git does not vouch for now", () => {
    expect(say([facts({ behind: 5 })]).lead).toContain("gravv/live is 5 commits behind gravv/sandbox.");
    const said = say([facts({ behind: 5, git: "stale" })]).lead;
    expect(said).not.toContain("5 commits");
    expect(said).toContain(
      "The Git repository of gravv has not answered since 02:41 UTC: how far gravv/live is behind",
    );
  });

  it("blame nobody's cluster for a line that is down", () => {
    const said = say([facts({ cluster: "stale", git: "stale", behind: 5 })], [], OPERATOR, true);
    expect(said.title).toBe("Not everything can be seen.");
    expect(said.lead).toBe("This page has lost its line to the console: what it shows is the last that was seen.");
  });

  it("say what rolls out and how far it has come", () => {
    const said = say([facts({ rollout: { state: "progressing", updated: 2 }, services: ["gateway", "ledger"] })]);
    expect(said.title).toBe("Live is changing.");
    expect(said.lead).toBe("gravv/live is rolling out gateway and ledger: 4 of 8 pods new.");
  });

  const job = (state: HealthState, name = "backup"): WorryingJob => ({
    name,
    health: { state, reasons: ["it did not start at 02:00 UTC"] },
  });

  it("name a job in live that is missed, though all services are well, and call nothing healthy", () => {
    const said = say([facts({ jobs: [job("crit")] }), facts({ name: "sandbox" })]);
    expect(said.title).toBe("One thing needs you in live.");
    expect(said.lead).toBe("gravv/live backup – it did not start at 02:00 UTC.");
    expect(said.marks).toEqual([{ strong: "gravv/live backup" }, { em: "it did not start at 02:00 UTC" }]);
    expect(say([facts({ jobs: [job("crit")] })], [], VIEWER).title).toBe("One thing waits for somebody else.");
  });

  it("name a job without a label that failed as worth a look, and needing nobody", () => {
    const said = say([facts({ jobs: [job("warn", "reports")] })]);
    expect(said.title).toBe("Something in live is worth a look.");
    expect(said.lead).toBe("gravv/live reports – it did not start at 02:00 UTC.");
  });

  it("name the jobs of other environments last, and do not say of all what is true of live alone", () => {
    const said = say([facts(), facts({ name: "sandbox", jobs: [job("crit"), job("warn", "reports")] })]);
    expect(said.title).toBe("Nothing in live needs you now.");
    expect(said.lead).toBe(
      "gravv/live is healthy. gravv/sandbox backup – it did not start at 02:00 UTC. gravv/sandbox reports – it did not start at 02:00 UTC.",
    );
  });

  it("name three jobs and count the rest", () => {
    const said = say([facts({ jobs: ["a", "b", "c", "d"].map((name) => job("crit", name)) })]);
    expect(said.title).toBe("4 things need you in live.");
    expect(said.lead).toContain("1 more job amiss in gravv/live.");
  });

  it("say of scheduled work that cannot be seen that it is not known, and never count it as healthy", () => {
    const said = say([facts({ jobs: [job("unknown", "what is scheduled")] })]);
    expect(said.lead).toBe("gravv/live: whether what is scheduled works is not known.");
  });
});
