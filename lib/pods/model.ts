import type { Pod } from "#lib/clusters/model.ts";

/** A pod as the pods page shows it: few fields, for there are many of them. */
export type PodRow = Readonly<{
  environment: string;
  cluster: string;
  namespace: string;
  name: string;
  /** The service that its workload is of; null for a pod of no workload that is seen. */
  service: string | null;
  node: string | null;
  /** One word, much as kubectl's STATUS: what holds it, else its phase. */
  state: string;
  isReady: boolean;
  /** What Kubernetes says of that, in its own words, cut short; null where it says nothing. */
  reason: string | null;
  restarts: number;
  /** In ms since the epoch. */
  createdAt: number | null;
}>;

/** `look`: it does not serve and nothing says that it will not, as while it starts or ends. */
export type PodStanding = "broken" | "look" | "fine";

export const LONGEST_REASON = 160;

/** A pod's state in one word; see printPod in k8s.io/kubernetes/pkg/printers/internalversion/printers.go. */
export function podState(pod: Pod): string {
  if (pod.isDeleting) {
    return "Terminating";
  }
  if (pod.waiting !== undefined) {
    return pod.waiting.isInit ? `Init:${pod.waiting.reason}` : pod.waiting.reason;
  }
  if (pod.unschedulable !== undefined) {
    return "Unschedulable";
  }
  return pod.phase === "Failed" ? (pod.lastExitReason ?? pod.phase) : pod.phase;
}

/** Why a pod is in its state, as the kubelet or the scheduler said it. */
export function podReasonWords(pod: Pod): string | null {
  const words = pod.waiting?.message ?? pod.unschedulable ?? "";
  return words === "" ? null : words.slice(0, LONGEST_REASON);
}

/** What the kubelet, the scheduler and the Docker Engine call what does not get better by itself. */
const BROKEN =
  /BackOff$|Err|Failed|Invalid|OOMKilled|Evicted|Unschedulable|ContainerCannotRun|DeadlineExceeded|^Unknown$|^Unhealthy$|^Exited$|^Dead$|^Restarting$/;

export function standingOf({ state, isReady }: Pick<PodRow, "state" | "isReady">): PodStanding {
  if ((isReady && state === "Running") || state === "Succeeded") {
    return "fine";
  }
  return BROKEN.test(state) ? "broken" : "look";
}
