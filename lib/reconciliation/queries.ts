import "server-only";
import type { Person } from "#lib/access/model.ts";
import { envelopeOf, environmentsFor } from "#lib/environments/queries.ts";
import type { SeenEstate } from "#lib/platform/runtime.ts";
import { lastReportOf, RECONCILIATION_ROLES, type Report, type ScheduleState } from "#lib/schedules/model.ts";
import { schedulesIn } from "#lib/schedules/queries.ts";
import type { Envelope } from "#lib/watch/envelope.ts";

/** How a reconciliation job runs. What its runs found, with money and age, comes with the platforms' own records. */
export type ReconciliationItem = Readonly<{
  id: string;
  environment: string;
  kind: "run";
  job: string;
  state: ScheduleState | "unknown";
  /** When its last run was due, ISO 8601 in UTC; null where none is known. */
  since: string | null;
  lastSuccess: string | null;
  /** What its last success reported, such as how much it checked; null where there is none. */
  report: Report | null;
  amount: null;
}>;

/** The reconciliation jobs of the environments that the person may see. Throws not_found for one that is not there. */
export function listReconciliation(
  runtime: SeenEstate,
  person: Person,
  environmentId?: string,
): Envelope<ReconciliationItem> {
  const environments = environmentsFor(runtime, person, environmentId);
  const items = schedulesIn(runtime, environments, RECONCILIATION_ROLES).map(({ row, state }) => ({
    id: row.id,
    environment: row.environment,
    kind: "run" as const,
    job: row.name,
    state,
    since: row.runs.at(-1)?.due ?? null,
    lastSuccess: row.lastSuccess,
    report: lastReportOf(row),
    amount: null,
  }));
  return envelopeOf(runtime, environments, items);
}
