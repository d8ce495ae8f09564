import type { RestartPlan } from "#lib/restarts/model.ts";

/**
 * In which order pods are replaced, and whether the service goes on meanwhile. By Kubernetes' defaults a Deployment starts a new
 * pod before it stops an old one; a StatefulSet and a DaemonSet stop the old one first.
 */
export function orderWords({
  workload,
  pods,
  updateStrategy,
}: Pick<RestartPlan, "workload" | "pods" | "updateStrategy">): string {
  if (updateStrategy === "Recreate") {
    return "all stop before the first new one starts: it is down until then";
  }
  if (workload.kind === "Deployment") {
    return "a few at a time; old ones stop when new ones are ready";
  }
  return pods === 1
    ? "it stops before the new one starts: it is down until then"
    : "one after another; each stops before its new one starts";
}
