import type { DisruptionBudget } from "#lib/clusters/model.ts";

/** What a budget counts: the pods that its workloads should have, those it selects, and those of them that are ready. */
export type Counted = Readonly<{ expected: number; selected: number; ready: number }>;

/**
 * How many pods a budget lets go now, as its controller has it: a percentage is of what the workloads should have and is rounded
 * up either way, so that `minAvailable: 50%` of 3 keeps 2 and `maxUnavailable: 30%` of 7 lets 3 go.
 * Source: k8s.io/kubernetes/pkg/controller/disruption (getExpectedPodCount, updatePdbStatus).
 */
export function allowedBy(
  { minAvailable, maxUnavailable }: Pick<DisruptionBudget, "minAvailable" | "maxUnavailable">,
  { expected, selected, ready }: Counted,
): number {
  if (maxUnavailable !== undefined) {
    const unavailable = scaled(maxUnavailable, expected);
    return unavailable === undefined ? 0 : allowance(expected, ready, Math.max(0, expected - unavailable));
  }
  if (minAvailable === undefined) {
    return 0;
  }
  const wanted = scaled(minAvailable, expected);
  return wanted === undefined ? 0 : allowance(typeof minAvailable === "number" ? selected : expected, ready, wanted);
}

function allowance(expected: number, ready: number, wanted: number): number {
  return expected <= 0 ? 0 : Math.max(0, ready - wanted);
}

/** A number of pods, or a percentage of them rounded up; undefined for what is neither. */
function scaled(value: number | string, of: number): number | undefined {
  if (typeof value === "number") {
    return value;
  }
  const percent = /^(\d+)%$/.exec(value)?.[1];
  return percent === undefined ? undefined : Math.ceil((Number(percent) * of) / 100);
}
