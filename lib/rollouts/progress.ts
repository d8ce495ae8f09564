import type { Workload } from "#lib/clusters/model.ts";
import type { PlannedWorkload } from "#lib/promotions/model.ts";
import type { Rollout } from "./model.ts";

export type Progress =
  | Readonly<{ state: "done" }>
  | Readonly<{ state: "under way"; note: string }>
  | Readonly<{ state: "stuck"; note: string }>;

type Seen = Readonly<{ workload: Pick<Workload, "kind" | "name" | "revision">; rollout: Rollout }>;

/**
 * Where the rollout of one change stands: every workload carries the new revision or one after it, and each that the change
 * touches has rolled out to the end. `isReached` says whether a revision is the new one or comes after it.
 */
export function progressOf(
  planned: readonly PlannedWorkload[],
  seen: readonly Seen[],
  isReached: (revision: string) => boolean,
): Progress {
  const missing: string[] = [];
  const waiting: string[] = [];
  const rolling: string[] = [];
  const stuck: string[] = [];
  for (const plan of planned) {
    const one = seen.find(({ workload }) => workload.kind === plan.kind && workload.name === plan.name);
    if (one === undefined) {
      missing.push(plan.name);
    } else if (one.workload.revision === undefined || !isReached(one.workload.revision)) {
      waiting.push(plan.name);
    } else if (plan.isTouched && one.rollout.state === "stuck") {
      stuck.push(`${plan.name}: ${one.rollout.reason?.message ?? "stuck"}`);
    } else if (plan.isTouched && one.rollout.state !== "done") {
      rolling.push(`${plan.name} ${one.rollout.updated} of ${one.rollout.desired} new`);
    }
  }
  if (stuck.length > 0) {
    return { state: "stuck", note: stuck.join("; ") };
  }
  if (missing.length + waiting.length > 0) {
    return { state: "under way", note: `waiting for the deployment to reach ${[...missing, ...waiting].join(", ")}` };
  }
  if (rolling.length > 0) {
    return { state: "under way", note: `rolling out: ${rolling.join(", ")}` };
  }
  return { state: "done" };
}
