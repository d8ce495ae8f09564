import "server-only";
import type { Clock } from "#lib/platform/clock.ts";
import { shownUntil } from "#lib/rollouts/jobs.ts";
import type { WorkloadRow } from "#lib/rollouts/model.ts";
import type { ClusterObjects } from "./cluster-objects.ts";
import type { Places } from "./places.ts";
import { type Batch, batchOf, type RolloutsSeen, workloadIdsBehind } from "./rollouts-seen.ts";
import type { RowMaker } from "./row-maker.ts";

type OwnFields = Pick<WorkloadRow, "kind" | "service" | "rolloutRevision" | "rollout">;
type Subject = Readonly<{
  namespace: string;
  name: string;
  revision: string | undefined;
  changeCause: string | undefined;
}>;

/**
 * One row a Deployment, StatefulSet, DaemonSet or CronJob of an environment, and one a Job that nobody schedules, which goes
 * some time after its end. Its id is `<cluster>/<uid>`.
 */
export function workloadRows(places: Places, rollouts: RolloutsSeen, clock: Clock): RowMaker {
  /** When the row of a Job that has ended goes. */
  const goesAt = new Map<string, number>();

  function rowOf(id: string): WorkloadRow | null {
    const [cluster = "", uid = ""] = id.split("/");
    const objects = places.objects(cluster);
    const workload = objects?.Workload.get(uid);
    if (workload !== undefined) {
      const { kind, service } = workload;
      const rolloutRevision = workload.rolloutRevision ?? newestRevision(objects, uid);
      return placed(id, workload, { kind, service, rolloutRevision, rollout: rollouts.of(cluster, workload) });
    }
    const batch = objects && batchOf(objects, uid);
    if (batch === undefined || isPast(id, batch)) {
      goesAt.delete(id);
      return null;
    }
    const service = batch.value.labels["app.kubernetes.io/name"] ?? batch.value.name;
    const rollout = rollouts.ofBatch(cluster, batch);
    return placed(id, batch.value, { kind: batch.kind, service, rolloutRevision: null, rollout });
  }

  function placed(id: string, { namespace, name, revision, changeCause }: Subject, own: OwnFields): WorkloadRow | null {
    const [cluster = ""] = id.split("/");
    const environment = places.environmentOf(cluster, namespace);
    return environment === undefined
      ? null
      : {
          id,
          environment: environment.id,
          cluster,
          namespace,
          name,
          revision: revision ?? null,
          changeCause: changeCause ?? null,
          ...own,
        };
  }

  function isPast(id: string, batch: Batch): boolean {
    const until = batch.kind === "Job" ? shownUntil(batch.value) : undefined;
    if (until !== undefined) {
      goesAt.set(id, until);
    }
    return until !== undefined && until <= clock().getTime();
  }

  return {
    touchedBy: (change) => workloadIdsBehind(places, change),
    change: (id) => ({ kind: "workload", id, row: rowOf(id) }),
    ofWorkloads: (ids) => ids,
    timely(nowMs) {
      return [...goesAt].flatMap(([id, at]) => (at <= nowMs ? [id] : []));
    },
  };
}

/** The number of the newest revision of a StatefulSet or DaemonSet, which carries none itself; null where none is seen. */
function newestRevision(objects: ClusterObjects | undefined, uid: string): string | null {
  const numbers = objects?.ControllerRevision.by("owner", uid).map(({ number }) => number) ?? [];
  return numbers.length === 0 ? null : String(Math.max(...numbers));
}
