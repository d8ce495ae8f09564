import type { Autoscaler, Workload } from "#lib/clusters/model.ts";

/** What scales a workload by itself, and whether it can. */
export type Scaling = Readonly<{
  name: string;
  min: number;
  max: number;
  current: number | null;
  desired: number | null;
  state: "fine" | "at_limit" | "off" | "blind" | "unknown";
  message: string;
}>;

/** The autoscaler whose target a workload is; undefined where it has none. */
export function scalingOf(workload: Workload, autoscalers: readonly Autoscaler[]): Scaling | undefined {
  const one = autoscalers.find(({ target }) => target.kind === workload.kind && target.name === workload.name);
  return (
    one && {
      name: one.name,
      min: one.minReplicas,
      max: one.maxReplicas,
      current: one.currentReplicas ?? null,
      desired: one.desiredReplicas ?? null,
      ...standing(one),
    }
  );
}

/** Source: the conditions of https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale-walkthrough/#appendix-horizontal-pod-autoscaler-status-conditions */
function standing({ conditions, maxReplicas, minReplicas }: Autoscaler): Pick<Scaling, "state" | "message"> {
  const of = (type: string) => conditions.find((one) => one.type === type);
  const active = of("ScalingActive");
  if (active?.isTrue === false && active.reason === "ScalingDisabled") {
    return { state: "off", message: "it scales nothing: its target has been set to no replicas (ScalingDisabled)" };
  }
  if (active?.isTrue === false) {
    return { state: "blind", message: `it cannot read its metrics (${active.reason}) and scales nothing` };
  }
  const able = of("AbleToScale");
  if (able?.isTrue === false) {
    return { state: "blind", message: `it cannot scale (${able.reason})` };
  }
  const limited = of("ScalingLimited");
  if (limited?.isTrue === true && limited.reason === "TooManyReplicas") {
    return { state: "at_limit", message: `it wants more than its maximum of ${maxReplicas}` };
  }
  if (conditions.length === 0) {
    return { state: "unknown", message: "its controller has not said anything yet" };
  }
  return active === undefined || able === undefined
    ? { state: "unknown", message: "its controller has not said yet whether it can scale" }
    : { state: "fine", message: `it scales between ${minReplicas} and ${maxReplicas}` };
}
