import type { BreakGlassRow } from "#lib/break-glass/model.ts";
import type { EnvironmentRow, ShapeRow } from "#lib/environments/model.ts";
import type { PodRow } from "#lib/pods/model.ts";
import type { QuotaRow } from "#lib/quotas/model.ts";
import type { RequestRow } from "#lib/requests/model.ts";
import type { WorkloadRow } from "#lib/rollouts/model.ts";
import type { ScheduleRow } from "#lib/schedules/model.ts";
import type { ServiceRow } from "#lib/services/model.ts";
import type { SourceRow } from "./freshness.ts";

/** Everything that a stream carries, by kind. Pods have a stream of their own, for they are many and few pages show them. */
export type RowsByKind = {
  source: SourceRow;
  environment: EnvironmentRow;
  service: ServiceRow;
  workload: WorkloadRow;
  quota: QuotaRow;
  schedule: ScheduleRow;
  shape: ShapeRow;
  request: RequestRow;
  breakGlass: BreakGlassRow;
  pod: PodRow;
};
export const ROW_KINDS = [
  "source",
  "environment",
  "service",
  "workload",
  "quota",
  "schedule",
  "shape",
  "request",
  "breakGlass",
  "pod",
] as const;
export type RowKind = (typeof ROW_KINDS)[number];

/** A row that is there now, or (`row: null`) is gone. */
export type Change = {
  [Kind in RowKind]: Readonly<{ kind: Kind; id: string; row: RowsByKind[Kind] | null }>;
}[RowKind];

export type LiveRows = { readonly [Kind in RowKind]: ReadonlyMap<string, RowsByKind[Kind]> };

/** Room for rows of every kind. */
export function noRows(): { [Kind in RowKind]: Map<string, RowsByKind[Kind]> } {
  return {
    source: new Map(),
    environment: new Map(),
    service: new Map(),
    workload: new Map(),
    quota: new Map(),
    schedule: new Map(),
    shape: new Map(),
    request: new Map(),
    breakGlass: new Map(),
    pod: new Map(),
  };
}
