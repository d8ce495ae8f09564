import type { KeptObject } from "#lib/clusters/model.ts";
import type { Change } from "./model.ts";

/** One object that has come (`before` undefined), has changed, or is gone (`after` undefined). */
export type ObjectChange = Readonly<{
  cluster: string;
  before: KeptObject | undefined;
  after: KeptObject | undefined;
}>;

/**
 * How one kind of row is made of the objects of the clusters. The view asks for the rows that an object's change touches, and
 * later once for each of them, so that no change recomputes more than it can touch.
 */
export type RowMaker = Readonly<{
  /** The ids of the rows that the object stands behind, before and after it changed. Twice the same id does no harm. */
  touchedBy(change: ObjectChange): readonly string[];
  /** The row as it is now; `row: null` for one that is no more. */
  change(id: string): Change;
  /** Of workloads, each as `<cluster>/<uid>`, whose rollout may have changed with time alone: the ids of their rows. */
  ofWorkloads?(workloadIds: readonly string[]): readonly string[];
  /** Of schedules whose earlier runs have been read back: the ids of their rows. */
  ofSchedules?(scheduleIds: readonly string[]): readonly string[];
  /** The ids of the rows that say what the pods of a cluster use. */
  ofUsage?(cluster: string): readonly string[];
  /** The ids of rows that time alone has changed since they were made; asked every 2 s. */
  timely?(nowMs: number): readonly string[];
}>;

/** The object before and after its change, where there is one. */
export function bothOf({ before, after }: ObjectChange): KeptObject[] {
  return [before, after].flatMap((object) => object ?? []);
}
