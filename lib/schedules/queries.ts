import "server-only";
import { areKindsSeen, type EnvironmentRow } from "#lib/environments/model.ts";
import type { SeenEstate } from "#lib/platform/runtime.ts";
import { SCHEDULE_KINDS, type ScheduleRow, type ScheduleState } from "./model.ts";

/** A schedule by what can be said of it now. */
export type SeenSchedule = Readonly<{ row: ScheduleRow; state: ScheduleState | "unknown" }>;

/** The schedules of these roles in the environments; "unknown" where the cluster is not seen fresh. */
export function schedulesIn(
  runtime: SeenEstate,
  environments: readonly EnvironmentRow[],
  roles: readonly string[],
): SeenSchedule[] {
  const sources = runtime.ring.rows().source;
  const byId = new Map(environments.map((environment) => [environment.id, environment]));
  return runtime.ring.list("schedule").flatMap((row) => {
    const environment = byId.get(row.environment);
    return environment === undefined || row.role === null || !roles.includes(row.role)
      ? []
      : [{ row, state: areKindsSeen(environment, SCHEDULE_KINDS, sources) ? row.state : ("unknown" as const) }];
  });
}
