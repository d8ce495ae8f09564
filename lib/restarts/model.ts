import type { Workload, WorkloadKind } from "#lib/clusters/model.ts";
import type { Rollout } from "#lib/rollouts/model.ts";
import type { Progress } from "#lib/rollouts/progress.ts";

/** A workload as people name it inside its environment. */
export type WorkloadRef = Readonly<{ kind: WorkloadKind; namespace: string; name: string }>;

const KINDS: readonly WorkloadKind[] = ["Deployment", "StatefulSet", "DaemonSet"];

/** One workload of one environment, as a URL names it: `<platform>/<environment>/<kind>/<namespace>/<name>`. */
export type RestartTarget = Readonly<{ environment: string; workload: WorkloadRef }>;

export function restartTargetName({ environment, workload }: RestartTarget): string {
  return `${environment}/${workload.kind}/${workload.namespace}/${workload.name}`;
}

/** Reads what `restartTargetName` writes; undefined for anything else. */
export function readRestartTarget(text: string | undefined): RestartTarget | undefined {
  const [platform, environment, kindName, namespace, name, ...more] = text?.split("/") ?? [];
  const kind = KINDS.find((one) => one === kindName);
  return kind === undefined || namespace === undefined || name === undefined || more.length > 0
    ? undefined
    : { environment: `${platform}/${environment}`, workload: { kind, namespace, name } };
}

/**
 * What a restart does: every pod of one workload is replaced, as `kubectl rollout restart` does it. Its digest is what people
 * agree to, so it holds for this very object with these very images, and in the name of this person with these groups: until
 * all their sessions are ended, a group comes or goes, or gatehouse.yaml no longer lets them ask. `policy.ts` says so.
 */
export type RestartPlan = Readonly<{
  kind: "restart";
  platform: string;
  environment: string;
  cluster: string;
  workload: WorkloadRef & Readonly<{ uid: string; images: readonly Readonly<{ container: string; image: string }>[] }>;
  /** As every plan names what it touches. */
  services: readonly Readonly<{ service: string }>[];
  /** How many pods are replaced. */
  pods: number;
  /** `RollingUpdate` or `Recreate`. */
  updateStrategy: string;
  actor: RestartActor;
}>;

/** In whose name the cluster is asked, as a member of which groups, and how often all their sessions had been ended by then. */
export type RestartActor = Readonly<{ user: string; groups: readonly string[]; sessionVersion: number }>;

/** Why a workload cannot be restarted, in a sentence; undefined where it can. */
export function whyNotRestarted(workload: Workload): string | undefined {
  const name = `${workload.kind} ${workload.namespace}/${workload.name}`;
  if (workload.desired === 0) {
    return `${name} has no pods that could be replaced: it is scaled to 0.`;
  }
  if (workload.paused) {
    return `${name} is paused, so that its controller would replace no pod. Resume it first.`;
  }
  if (workload.updateStrategy === "OnDelete") {
    return `${name} has the update strategy OnDelete: its pods are replaced only when somebody deletes them.`;
  }
  return undefined;
}

/** Why a plan no longer says what would happen, in a sentence; undefined while it does. `now` is the workload as last seen. */
export function whyOutdated(plan: Pick<RestartPlan, "workload">, now: Workload | undefined): string | undefined {
  const { kind, namespace, name, uid, images } = plan.workload;
  const what = `${kind} ${namespace}/${name}`;
  if (now === undefined) {
    return `${what} is gone.`;
  }
  if (now.uid !== uid) {
    return `${what} was deleted and made anew after this was planned.`;
  }
  if (JSON.stringify(now.images) !== JSON.stringify(images)) {
    return `${what} runs other images than when this was planned.`;
  }
  return whyNotRestarted(now);
}

type Seen = Readonly<{ workload: Workload; rollout: Rollout }>;

/** Where the restart of a workload stands; `generation` is that of the restarted spec. */
export function restartProgress(
  plan: Pick<RestartPlan, "workload">,
  generation: number,
  seen: readonly Seen[],
): Progress {
  const { uid, name } = plan.workload;
  const one = seen.find(({ workload }) => workload.uid === uid);
  if (one === undefined) {
    return { state: "stuck", note: `${name} is gone` };
  }
  const { workload, rollout } = one;
  if (workload.generation < generation || workload.observedGeneration < generation) {
    return { state: "under way", note: `waiting for the controller of ${name}` };
  }
  if (rollout.state === "stuck") {
    return { state: "stuck", note: `${name}: ${rollout.reason?.message ?? "stuck"}` };
  }
  return rollout.state === "done"
    ? { state: "done" }
    : { state: "under way", note: `${name}: ${rollout.updated} of ${rollout.desired} new` };
}
