import "server-only";
import { createHmac, randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { KeptObject, Workload } from "#lib/clusters/model.ts";
import { type Environment, type Estate, findPlatform } from "#lib/estate/model.ts";
import type { Clock } from "#lib/platform/clock.ts";
import { besidePods, type ClusterUsage } from "#lib/quotas/model.ts";
import type { Rollout } from "#lib/rollouts/model.ts";
import { type RememberedSchedule, scheduleId } from "#lib/schedules/model.ts";
import type { WatchedKind } from "#lib/systems/kubernetes/port.ts";
import { translate } from "#lib/systems/kubernetes/translate.ts";
import { type ClusterObjects, drop, keep, uidsOf } from "./cluster-objects.ts";
import { type EnvironmentHead, environmentRow } from "./environment-rows.ts";
import type { Change } from "./model.ts";
import { openPlaces } from "./places.ts";
import { podRows } from "./pod-rows.ts";
import { quotaRows } from "./quota-rows.ts";
import type { Ring } from "./ring.ts";
import { createRolloutsSeen } from "./rollouts-seen.ts";
import type { ObjectChange, RowMaker } from "./row-maker.ts";
import { createRunsSeen, type PastRuns } from "./runs-seen.ts";
import { scheduleRows } from "./schedule-rows.ts";
import { createSchedulesGone } from "./schedules-gone.ts";
import { serviceRows } from "./service-rows.ts";
import { shapeRows } from "./shape-rows.ts";
import { workloadRows } from "./workload-rows.ts";

/** A workload with where its rollout stands. */
export type SeenWorkload = Readonly<{ workload: Workload; rollout: Rollout; cluster: string; environment: string }>;

export type EstateView = Readonly<{
  changed(cluster: string, kind: WatchedKind, object: unknown): void;
  removed(cluster: string, kind: WatchedKind, uid: string): void;
  listed(cluster: string, kind: WatchedKind, uids: ReadonlySet<string>): void;
  /** All that there is of a place that is read as a whole, such as a Compose host; what was shown before and is not among it is gone. */
  shown(cluster: string, objects: readonly KeptObject[]): void;
  headMoved(environmentId: string, head: EnvironmentHead): void;
  /** What the pods of a cluster use has been measured anew, or is not known any more. */
  measured(cluster: string, usage: ClusterUsage): void;
  /** Shows the environments by the policies of another gatehouse.yaml. */
  configured(next: Pick<Estate, "policies" | "breakGlass">): void;
  /** The workloads of an environment as last seen. */
  workloads(environmentId: string): SeenWorkload[];
  /** What is kept of a cluster, as last seen; undefined for one that gatehouse.yaml does not name. */
  objects(cluster: string): ClusterObjects | undefined;
  /** What the pods of a cluster use, as last measured. */
  usage(cluster: string): ClusterUsage;
  /** What passes between the runs of jobs that are seen and those that are kept for longer than Kubernetes keeps them. */
  past: PastRuns & Readonly<{ remembered(schedules: readonly RememberedSchedule[]): void }>;
  /** Publishes what waits to be published, now. */
  flush(): void;
  stop(): void;
}>;

/** A change is published at once; those that come within this time after it are published together. */
const COALESCE_MS = 8;
const NOT_ASKED: ClusterUsage = { state: "unasked" };
/** Some states come with time alone, such as a probe that has failed for too long. */
const RECHECK_MS = 2000;

/** Where the rows of the pods go, and where all others do. */
export type Rings = Readonly<{ ring: Ring; pods: Ring }>;

/** Turns the objects of all clusters into rows, recomputing only the rows that a change can touch. */
export function createEstateView(estate: Estate, { ring, pods }: Rings, clock: Clock): EstateView {
  const places = openPlaces(estate);
  const heads = new Map<string, EnvironmentHead>();
  const usages = new Map<string, ClusterUsage>();
  const usageOf = (cluster: string) => usages.get(cluster) ?? NOT_ASKED;
  const rollouts = createRolloutsSeen(places, clock);
  const runs = createRunsSeen(clock);
  const gone = createSchedulesGone();
  const makers: readonly RowMaker[] = [
    serviceRows(places, rollouts, heads),
    workloadRows(places, rollouts, clock),
    quotaRows(places, usageOf),
    scheduleRows(
      places,
      { runsSeen: runs, gone },
      (platformId) => findPlatform(estate, platformId)?.labels.role ?? "",
      clock,
    ),
    shapeRows(places, clock),
    podRows(places),
  ];
  const touched = makers.map(() => new Set<string>());
  const pending: Change[] = [];
  // Settings are compared within this process alone, so that nobody can guess a value from its digest.
  const key = randomBytes(32);
  const reading = {
    revisionAnnotations: [...new Set(estate.platforms.flatMap((platform) => platform.revisionAnnotation ?? []))],
    digest: (value: string) => createHmac("sha256", key).update(value).digest("base64url"),
  };
  let rules: Pick<Estate, "policies" | "breakGlass"> = estate;
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  let flushedAt = 0;

  /** Not before this turn of the event loop has ended, so that what was read together is published together. */
  function soon(): void {
    if (timer !== undefined || turn !== undefined) {
      return;
    }
    const leftMs = flushedAt + COALESCE_MS - performance.now();
    if (leftMs > 0) {
      timer = setTimeout(flush, leftMs);
    } else {
      turn = setImmediate(flush);
    }
  }

  function forgetToFlush(): void {
    clearTimeout(timer);
    clearImmediate(turn);
    timer = undefined;
    turn = undefined;
  }

  function flush(): void {
    forgetToFlush();
    flushedAt = performance.now();
    makers.forEach((maker, at) => {
      const ids = touched[at];
      for (const id of ids ?? []) {
        pending.push(maker.change(id));
      }
      ids?.clear();
    });
    const changes = pending.splice(0);
    ring.publish(changes.filter(({ kind }) => kind !== "pod"));
    pods.publish(changes.filter(({ kind }) => kind === "pod"));
  }

  function touch(idsOf: (maker: RowMaker) => readonly string[]): void {
    makers.forEach((maker, at) => {
      for (const id of idsOf(maker)) {
        touched[at]?.add(id);
        soon();
      }
    });
  }

  function take(change: ObjectChange): void {
    rollouts.touch(change);
    touch((maker) => maker.touchedBy(change));
  }

  /** Most updates are of fields that no view shows, and a second listing tells of everything once more: what is held stays then. */
  function tell(cluster: string, objects: ClusterObjects, after: KeptObject): void {
    const held = objects[after.kind].get(after.value.uid);
    if (!isDeepStrictEqual(held, after.value)) {
      take({ cluster, before: keep(objects, after), after });
    }
  }

  function removed(cluster: string, kind: WatchedKind, uid: string): void {
    const objects = places.objects(cluster);
    const before = objects && drop(objects, kind, uid);
    if (before !== undefined) {
      take({ cluster, before, after: undefined });
    }
  }

  function workloadsOf(environment: Environment): SeenWorkload[] {
    const cluster = environment.clusterId;
    return environment.namespaces
      .flatMap((namespace) => places.objects(cluster)?.Workload.by("namespace", namespace) ?? [])
      .map((workload) => ({
        workload,
        rollout: rollouts.of(cluster, workload),
        cluster,
        environment: environment.id,
      }));
  }

  function environmentChanges(): Change[] {
    return estate.platforms.flatMap((platform) =>
      platform.environments.map((environment): Change => {
        const { id } = environment;
        return { kind: "environment", id, row: environmentRow(platform, environment, heads.get(id), rules) };
      }),
    );
  }

  const recheck = setInterval(() => {
    const unsettled = rollouts.touchUnsettled();
    const nowMs = clock().getTime();
    touch((maker) => [...(maker.ofWorkloads?.(unsettled) ?? []), ...(maker.timely?.(nowMs) ?? [])]);
  }, RECHECK_MS);
  recheck.unref();

  ring.publish(environmentChanges());

  return {
    changed(cluster, kind, object) {
      const objects = places.objects(cluster);
      const after = objects && translate(kind, object, reading);
      if (objects !== undefined && after !== undefined) {
        tell(cluster, objects, after);
      }
    },
    removed,
    listed(cluster, kind, uids) {
      const objects = places.objects(cluster);
      const held = objects === undefined ? [] : uidsOf(objects, kind);
      for (const uid of held.filter((one) => !uids.has(one))) {
        removed(cluster, kind, uid);
      }
    },
    shown(cluster, all) {
      const objects = places.objects(cluster);
      if (objects === undefined) {
        return;
      }
      for (const after of all) {
        tell(cluster, objects, after);
      }
      const uids = new Set(all.map(({ value }) => value.uid));
      const held = [...objects.Pod.all(), ...objects.Workload.all()].map(({ uid }) => uid);
      for (const uid of held.filter((one) => !uids.has(one))) {
        removed(cluster, "Pod", uid);
        removed(cluster, "Deployment", uid);
      }
    },
    headMoved(environmentId, head) {
      heads.set(environmentId, head);
      pending.push(...environmentChanges().filter(({ id }) => id === environmentId));
      const environment = places.environment(environmentId);
      const workloads = environment === undefined ? [] : workloadsOf(environment);
      touch((maker) => maker.ofWorkloads?.(workloads.map((seen) => `${seen.cluster}/${seen.workload.uid}`)) ?? []);
      soon();
    },
    measured(cluster, usage) {
      usages.set(cluster, besidePods(usage, places.objects(cluster)?.Pod.all() ?? [], clock().getTime()));
      touch((maker) => maker.ofUsage?.(cluster) ?? []);
    },
    configured(next) {
      rules = next;
      pending.push(...environmentChanges());
      flush();
    },
    workloads(environmentId) {
      const environment = places.environment(environmentId);
      return environment === undefined ? [] : workloadsOf(environment);
    },
    objects: places.objects,
    usage: usageOf,
    past: {
      ...runs,
      recalled(past) {
        runs.recalled(past);
        touch((maker) => maker.ofSchedules?.([...past.keys()]) ?? []);
      },
      remembered(schedules) {
        const ids = schedules
          .filter((schedule) => gone.keep(schedule))
          .map(({ cluster, scheduleUid }) => scheduleId(cluster, scheduleUid));
        touch((maker) => maker.ofSchedules?.(ids) ?? []);
      },
    },
    flush,
    stop() {
      clearInterval(recheck);
      forgetToFlush();
    },
  };
}
