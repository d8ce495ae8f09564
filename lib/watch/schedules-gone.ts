import "server-only";
import { isDeepStrictEqual } from "node:util";
import { type RememberedSchedule, scheduleId } from "#lib/schedules/model.ts";

type Named = Readonly<{ namespace: string; name: string }>;

/** The scheduled jobs that somebody would miss, as they were last known: of each name in a namespace the newest. */
export type SchedulesGone = Readonly<{
  /** Answers whether it was not remembered so before. */
  keep(schedule: RememberedSchedule): boolean;
  /** The one of this row's id; undefined where it is not remembered, or another has taken its name since. */
  of(id: string): RememberedSchedule | undefined;
  /** The id of the row of what is remembered by that name. */
  idNamed(cluster: string, named: Named): string | undefined;
}>;

export function createSchedulesGone(): SchedulesGone {
  const remembered = new Map<string, RememberedSchedule>();
  const idOf = ({ cluster, scheduleUid }: RememberedSchedule) => scheduleId(cluster, scheduleUid);
  const keyOf = (cluster: string, { namespace, name }: Named) => `${cluster}/${namespace}/${name}`;
  return {
    keep(schedule) {
      const key = keyOf(schedule.cluster, { namespace: schedule.namespace, name: schedule.scheduleName });
      const before = remembered.get(key);
      if (isDeepStrictEqual(before, schedule) || (before !== undefined && before.lastDueAt > schedule.lastDueAt)) {
        return false;
      }
      remembered.set(key, schedule);
      return true;
    },
    of: (id) => [...remembered.values()].find((one) => idOf(one) === id),
    idNamed(cluster, named) {
      const one = remembered.get(keyOf(cluster, named));
      return one && idOf(one);
    },
  };
}
