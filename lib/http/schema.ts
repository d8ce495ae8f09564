import * as z from "zod";
import { ALL_ROLLOUT_KINDS } from "#lib/rollouts/model.ts";
import { RolloutFilters } from "#lib/rollouts/schema.ts";
import { SOURCE_STATES } from "#lib/watch/freshness.ts";

/** What can be relied on of what every read answers with. An item may have more than stands here. */

const At = z.iso.datetime().describe("ISO 8601, UTC");
const Quantity = z.string().describe("a Kubernetes quantity, such as 500m or 2Gi");
const Health = z
  .looseObject({ state: z.enum(["ok", "warn", "crit", "unknown"]), reasons: z.array(z.string()) })
  .describe("unknown is never fine: the reasons say what was last known");

export const Source = z.looseObject({
  id: z.string().describe("kubernetes:<cluster>, git:<platform>, docker:<host>"),
  state: z.enum(SOURCE_STATES),
  since: At,
  message: z.string().nullish(),
});

const Environment = z.looseObject({
  id: z.string().describe("<platform>/<environment>"),
  platform: z.string(),
  tier: z.string().describe("live, or another"),
  cluster: z.string(),
  namespaces: z.array(z.string()),
  branch: z.string().nullable().describe("null where Gatehouse does not deliver it"),
  health: Health,
});

const Service = z.looseObject({
  id: z.string(),
  environment: z.string(),
  name: z.string(),
  release: z.looseObject({
    version: z.string().nullish(),
    image: z.string(),
    digest: z.string().nullish(),
    revision: z.string().nullish(),
  }),
  behind: z.looseObject({ commits: z.int() }).nullable(),
  health: Health,
  pods: z.looseObject({ ready: z.int(), desired: z.int() }),
});

const Rollout = z.looseObject({
  cluster: z.string(),
  namespace: z.string(),
  kind: z.enum(ALL_ROLLOUT_KINDS),
  name: z.string(),
  environment: z.string(),
  desired: z.int(),
  updated: z.int(),
  ready: z.int(),
  available: z.int(),
  state: z.enum(["done", "progressing", "stuck", "paused", "unknown"]),
  reason: z
    .looseObject({ code: z.string(), message: z.string() })
    .nullable()
    .describe("also of what is done, where its pods hold up the drain of a node or it is paused"),
});

const Quota = z.looseObject({
  cluster: z.string(),
  namespace: z.string(),
  environment: z.string(),
  resource: z.string(),
  hard: Quantity,
  requested: Quantity.nullable(),
  measured: Quantity.nullable().describe("null where nothing measures it: not the same as 0"),
  headroom: Quantity.nullable(),
  unmeasured: z.string().nullable().describe("why nothing is measured; null where it is"),
  leftOut: z
    .looseObject({ missing: z.int(), running: z.int() })
    .optional()
    .describe("where unmeasured is partial: how many of the running pods are not measured, so that no sum is whole"),
  trend: z
    .looseObject({ state: z.enum(["short", "steady", "falling", "growing"]), since: At.nullable() })
    .describe("where it is going; short: not enough history to say"),
});

const Demand = z.looseObject({ pods: z.int(), cpuCores: z.number(), memoryBytes: z.number() });

const Capacity = z.looseObject({
  cluster: z.string(),
  allocatable: Demand.describe("of the nodes that are ready and not cordoned"),
  requested: Demand.describe("of pods on those nodes"),
  takers: z.array(
    z.looseObject({
      environment: z.string().nullable(),
      namespace: z.string().nullable().describe("null: all of no environment that the person may see"),
      requested: Demand,
    }),
  ),
});

const Share = z.looseObject({
  platform: z.string(),
  by: z.enum(["team", "product"]),
  name: z.string().nullable().describe("the label's value; null: carries no label"),
  requested: Demand,
  cost: z
    .looseObject({ value: z.string().describe("a decimal"), currency: z.string() })
    .nullable()
    .describe("a month of 730 hours, without storage; null where gatehouse.yaml has no prices"),
});

const Topology = z.looseObject({
  environment: z.string(),
  nodes: z.array(z.looseObject({ id: z.string(), kind: z.string(), name: z.string() })),
  edges: z.array(z.looseObject({ from: z.string(), to: z.string(), port: z.int().nullable() })),
  reachability: z.array(
    z.looseObject({
      from: z.string(),
      to: z.string(),
      port: z.int(),
      protocol: z.string(),
      open: z.boolean().nullable().describe("null where nobody knows"),
      by: z.string(),
      mustBe: z.enum(["open", "closed"]).nullable(),
    }),
  ),
  findings: z.array(
    z.looseObject({ code: z.string(), severity: z.string(), subject: z.string(), message: z.string() }),
  ),
  unknown: z.array(z.string()).describe("what cannot be said, each in a sentence"),
});

const TopologyDrawing = Topology.extend({
  nodes: z.array(z.looseObject({ id: z.string(), kind: z.string(), name: z.string(), x: z.number(), y: z.number() })),
  hidden: z.looseObject({ nodes: z.array(z.looseObject({ id: z.string(), name: z.string() })), edges: z.int() }),
});

const PostureFinding = z.looseObject({
  code: z.string(),
  severity: z.string(),
  environment: z.string(),
  cluster: z.string(),
  subject: z.string(),
  namespace: z.string().describe("empty for a platform"),
  message: z.string(),
  advice: z.string(),
});

const Placement = z.looseObject({
  environment: z.string(),
  cluster: z.string(),
  areNodesKnown: z.boolean(),
  nodes: z.array(z.looseObject({ name: z.string() })),
  outcome: z
    .union([z.looseObject({ nodes: z.array(z.string()) }), z.literal("unknown")])
    .nullable()
    .describe("null where nothing goes that is there"),
  unknown: z.array(z.string()).describe("what cannot be said, each in a sentence"),
});

const Drift = z.looseObject({
  environment: z.string(),
  against: z.string().nullable().describe("null where its platform has no other that the person may see"),
  drift: z.array(
    z.looseObject({
      namespace: z.string(),
      subject: z.string(),
      aspect: z.string(),
      name: z.string(),
      here: z.string(),
      there: z.string(),
      since: z
        .looseObject({ at: z.number(), by: z.enum(["rollout", "write", "creation"]) })
        .nullable()
        .describe("since when both are as they are, at least, in ms since the epoch; null where that is not known"),
    }),
  ),
  unknown: z.array(z.string()),
});

const Search = z.looseObject({
  hits: z.array(z.looseObject({ kind: z.string(), label: z.string(), hint: z.string(), href: z.string() })),
  more: z
    .array(z.looseObject({ kind: z.string(), count: z.int(), href: z.string() }))
    .describe("so many more of a kind fit; the page shows them"),
  asOf: At,
});

const Reason = z.looseObject({ code: z.string(), message: z.string() });

const RolloutDetail = z.looseObject({
  id: z.string(),
  reasons: z.array(Reason).describe("worst first"),
  revisions: z.array(z.looseObject({})),
  scaling: z
    .looseObject({ state: z.enum(["fine", "at_limit", "off", "blind", "unknown"]), message: z.string() })
    .nullable(),
  budgets: z.array(z.looseObject({ name: z.string(), rule: z.string(), allowed: z.int().nullable() })),
  pods: z.array(z.looseObject({ name: z.string(), state: z.string() })),
  asOf: At,
});

const PodDetail = z.looseObject({
  id: z.string(),
  owner: z.string().nullable(),
  phase: z.string(),
  reason: z.string().nullable(),
  warnings: z.array(z.looseObject({ reason: z.string(), message: z.string(), at: At })),
});

const QuotaDetail = z.looseObject({
  id: z.string(),
  history: z.array(z.looseObject({ at: z.number(), requested: z.number(), hard: z.number() })),
  limits: z.array(z.string()),
  takers: z.array(z.looseObject({ service: z.string(), pods: z.int() })).nullable(),
  asOf: At,
});

const Step = z.looseObject({
  name: z.string(),
  state: z.string(),
  startedAt: At.nullable(),
  endedAt: At.nullable(),
});

const ChangeRequest = z.looseObject({
  id: z.string(),
  action: z.string(),
  environment: z.string(),
  digest: z.string().describe("SHA-256 over the canonical plan (RFC 8785)"),
  state: z.string(),
  requestedBy: z.string(),
  reason: z.string(),
  approvals: z.array(z.looseObject({ account: z.string(), decision: z.string(), at: At })),
  missing: z.array(z.looseObject({ kind: z.string(), name: z.string(), count: z.int() })),
  expiresAt: At.nullable(),
  operation: z.looseObject({ id: z.string(), state: z.string(), steps: z.array(Step) }).nullable(),
});

const AuditEvent = z.looseObject({
  seq: z.int(),
  at: At,
  actor: z.string(),
  action: z.string(),
  target: z.string(),
  outcome: z.string(),
  requestId: z.string().nullable(),
  hash: z.string(),
  previousHash: z.string(),
});

const Reconciliation = z.looseObject({
  id: z.string(),
  environment: z.string(),
  kind: z.enum(["run", "break"]),
  job: z.string(),
  state: z.string(),
  since: At.nullable(),
  lastSuccess: At.nullable(),
  report: z.record(z.string(), z.string()).nullable().describe("what the last success reported"),
  amount: z.looseObject({ value: z.string(), currency: z.string() }).nullable(),
});

const Backup = z.looseObject({
  id: z.string(),
  environment: z.string(),
  set: z.string().nullable().describe("null where the environment has no backup"),
  state: z.string(),
  reasons: z.array(z.string()),
  lastSuccess: At.nullable(),
  report: z.record(z.string(), z.string()).nullable().describe("what the last success reported, such as its size"),
  lastProven: At.nullable().describe("when a restore was last tested"),
  window: z.looseObject({ from: At, to: At }).nullable(),
  rpo: z.number().nullable(),
  lossNow: z.number().nullable().describe("seconds since the last success"),
});

/** By the last part of its path under /api/v1: what a read is of, an item of it, whether it says what it cannot see, and whether it refuses a query that it does not know. */
export const READS = {
  environments: { summary: "Every environment and its health", item: Environment },
  services: { summary: "What runs of each service in each environment", item: Service, saysUnknown: true },
  topology: { summary: "Who calls whom, who may reach whom, and what is wrong with it", item: Topology },
  "topology/drawing": {
    summary: "The same as it is drawn: the worst of what calls, laid out, and how much is left out of the picture",
    item: TopologyDrawing,
    filters: z.object({ focus: z.string().optional().describe("the id of a node that is drawn in any case") }),
  },
  posture: {
    summary: "What does not stand as its platform asks, worst first",
    item: PostureFinding,
    saysUnknown: true,
  },
  placement: {
    summary: "What runs on which node, and what becomes of it when a node or a site goes",
    item: Placement,
    filters: z.object({ whatIf: z.string().optional().describe("what goes, such as node:worker-2 or zone:a") }),
  },
  quotas: { summary: "Each resource of each ResourceQuota, least headroom first", item: Quota, saysUnknown: true },
  "quotas/capacity": {
    summary: "What the nodes of each cluster can give, and who has asked for it",
    item: Capacity,
    saysUnknown: true,
  },
  "quotas/shares": {
    summary: "What each team and product has asked for, and what it costs",
    item: Share,
    saysUnknown: true,
  },
  rollouts: {
    summary:
      "Where the rollout of each workload, Job and CronJob stands. A Job of a CronJob is told by that one; a Job that nobody schedules is left out a day after it succeeded, a week after it failed",
    item: Rollout,
    saysUnknown: true,
    filters: RolloutFilters,
    refusesQuery: true,
  },
  promotions: { summary: "Requests to promote, newest first", item: ChangeRequest },
  requests: { summary: "Requests of every action, newest first", item: ChangeRequest },
  reconciliation: { summary: "How the reconciliation jobs run", item: Reconciliation },
  backups: { summary: "How the backup jobs run, and which environments have none", item: Backup },
  audit: { summary: "What is on record, newest first", item: AuditEvent, refusesQuery: true },
} as const;
export type ReadName = keyof typeof READS;

/** The envelope of a read's items. */
export function envelopeSchema<Item extends z.ZodType>(item: Item) {
  return z.looseObject({ items: z.array(item), asOf: At, sources: z.array(Source) });
}

/** The same, of a read that says beside its items what it cannot see: without that, an empty list would be no evidence. */
export function unknownEnvelopeSchema<Item extends z.ZodType>(item: Item) {
  return envelopeSchema(item).extend({
    unknown: z
      .array(z.string())
      .describe("what cannot be seen, each in a sentence; an empty list is evidence only without"),
  });
}

const OfId = z.object({ id: z.string().describe("as the list has it") });

/** By the last part of its path under /api/v1: reads of one thing, or of what is named, with all that they are asked by. */
export const DETAILS = {
  "rollouts/workload": {
    summary: "All that is known of one rollout: why it is stuck, its revisions, its pods",
    query: z.object({ id: z.string().describe("<cluster>/<uid>") }),
    answer: RolloutDetail,
  },
  "pods/pod": {
    summary: "All that is known of one pod",
    query: z.object({ id: z.string().describe("<cluster>/<uid>") }),
    answer: PodDetail,
  },
  "quotas/resource": {
    summary: "What stands behind one resource of a quota: who takes it, how it went, what would fit",
    query: OfId,
    answer: QuotaDetail,
  },
  drift: {
    summary: "In what an environment differs from another of its platform",
    query: z.object({
      environment: z.string().describe("<platform>/<environment>"),
      against: z.string().optional().describe("the one before it where it is left out"),
    }),
    answer: envelopeSchema(Drift),
  },
  search: {
    summary: "What is called so, best first within each kind; fewer than two characters find nothing",
    query: z.object({ q: z.string().describe("words, each of which is in the name") }),
    answer: Search,
  },
} as const;

/** A problem document (RFC 9457); `code` is ours. */
export const Problem = z.looseObject({
  type: z.string().optional(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  code: z.string(),
});
