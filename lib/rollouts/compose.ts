import type { Pod, Workload } from "#lib/clusters/model.ts";
import type { Rollout, StuckReason } from "./model.ts";

/**
 * Where a service of a Compose project stands: its containers are of one image and one configuration, so what counts is whether
 * each runs and what its health check says. Without a health check nobody knows whether it works.
 */
export function composeRolloutOf(workload: Workload, containers: readonly Pod[]): Rollout {
  const { desired, updated, ready, available } = workload;
  const counts = { desired, updated, ready, available };
  const reason = containers.map(reasonOf).find((one) => one !== undefined);
  if (reason !== undefined) {
    return { state: "stuck", reason, ...counts };
  }
  if (containers.some(({ waiting }) => waiting?.reason === "Paused")) {
    return { state: "paused", reason: { code: "paused", message: "it is paused (docker pause)" }, ...counts };
  }
  if (containers.length > 0 && containers.every(({ phase }) => phase === "Succeeded")) {
    return { state: "done", reason: null, ...counts };
  }
  if (!workload.template.containers.every(({ hasReadinessProbe }) => hasReadinessProbe)) {
    return { state: "unknown", reason: unchecked(workload), ...counts };
  }
  return { state: available >= desired ? "done" : "progressing", reason: null, ...counts };
}

function unchecked({ name }: Workload): StuckReason {
  return { code: "unchecked", message: `${name} runs, and has no health check that says whether it works` };
}

function reasonOf({ name, waiting, restarts, lastExitCode }: Pod): StuckReason | undefined {
  const times = restarts === 0 ? "" : `, ${restarts} restarts`;
  switch (waiting?.reason) {
    case "OOMKilled":
      return { code: "crash_loop", message: `${name} was killed for lack of memory${times}` };
    case "Dead":
    case "Exited":
      return { code: "crash_loop", message: `${name} has ended with exit code ${lastExitCode ?? "unknown"}${times}` };
    case "Restarting":
      return {
        code: "crash_loop",
        message: `${name} does not stay up (last exit code ${lastExitCode ?? "unknown"}${times})`,
      };
    case "Unhealthy":
      return { code: "probe", message: `${name} is unhealthy by its own health check` };
    default:
      return undefined;
  }
}
