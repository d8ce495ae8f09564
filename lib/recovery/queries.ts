import "server-only";
import type { Person } from "#lib/access/model.ts";
import { areKindsSeen, type EnvironmentRow } from "#lib/environments/model.ts";
import { envelopeOf, environmentsFor } from "#lib/environments/queries.ts";
import type { SeenEstate } from "#lib/platform/runtime.ts";
import {
  BACKUP_ROLE,
  lastReportOf,
  RECOVERY_ROLES,
  type Report,
  SCHEDULE_KINDS,
  type ScheduleState,
} from "#lib/schedules/model.ts";
import { type SeenSchedule, schedulesIn } from "#lib/schedules/queries.ts";
import type { Envelope } from "#lib/watch/envelope.ts";

/** A backup job of an environment, or (`set: null`) that it has none. Restore points come with the backup stores. */
export type BackupItem = Readonly<{
  id: string;
  environment: string;
  set: string | null;
  state: ScheduleState | "unknown" | "none";
  reasons: readonly string[];
  /** ISO 8601 in UTC. */
  lastSuccess: string | null;
  /** What its last success reported, such as its size; null where there is none. */
  report: Report | null;
  /** When a restore was last tested in the environment. */
  lastProven: string | null;
  window: null;
  rpo: null;
  /** Seconds since the last success: what would be lost now. Null where none is known. */
  lossNow: number | null;
}>;

/** The backup jobs of the environments that the person may see, and the environments without any. Throws not_found for one that is not there. */
export function listBackups(runtime: SeenEstate, person: Person, environmentId?: string): Envelope<BackupItem> {
  const environments = environmentsFor(runtime, person, environmentId);
  const items = environments.flatMap((environment) => backupsOf(runtime, environment));
  return envelopeOf(runtime, environments, items);
}

function backupsOf(runtime: SeenEstate, environment: EnvironmentRow): BackupItem[] {
  const schedules = schedulesIn(runtime, [environment], RECOVERY_ROLES);
  const backups = schedules.filter(({ row }) => row.role === BACKUP_ROLE);
  const lastProven = latest(schedules.filter(({ row }) => row.role !== BACKUP_ROLE));
  const hasNone = backups.every(({ row }) => row.state === "gone") && !environment.isPlanned;
  const items = backups.map(({ row, state }) => ({
    id: row.id,
    environment: environment.id,
    set: row.name,
    state,
    reasons: row.message === null ? [] : [row.message],
    lastSuccess: row.lastSuccess,
    report: lastReportOf(row),
    lastProven,
    window: null,
    rpo: null,
    lossNow: row.lastSuccess === null ? null : secondsSince(runtime, row.lastSuccess),
  }));
  return hasNone ? [...items, withoutBackup(runtime, environment, lastProven)] : items;
}

function withoutBackup(runtime: SeenEstate, environment: EnvironmentRow, lastProven: string | null): BackupItem {
  const isKnown = areKindsSeen(environment, SCHEDULE_KINDS, runtime.ring.rows().source);
  return {
    id: `${environment.id}/none`,
    environment: environment.id,
    set: null,
    state: isKnown ? "none" : "unknown",
    reasons: [isKnown ? `${environment.id} has no backup` : `whether ${environment.id} has a backup is not known`],
    lastSuccess: null,
    report: null,
    lastProven,
    window: null,
    rpo: null,
    lossNow: null,
  };
}

function latest(schedules: readonly SeenSchedule[]): string | null {
  return (
    schedules
      .flatMap(({ row }) => row.lastSuccess ?? [])
      .toSorted()
      .at(-1) ?? null
  );
}

function secondsSince(runtime: SeenEstate, iso: string): number {
  return Math.max(0, Math.round((runtime.clock().getTime() - Date.parse(iso)) / 1000));
}
