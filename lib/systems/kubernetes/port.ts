import * as z from "zod";
import type { Decision, Person } from "#lib/access/model.ts";
import type { WorkloadKind } from "#lib/clusters/model.ts";
import type { PodUsages } from "#lib/quotas/model.ts";

/** The kinds that Gatehouse watches. */
export const WATCHED_KINDS = [
  "Namespace",
  "Node",
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "ReplicaSet",
  "ControllerRevision",
  "Pod",
  "PersistentVolumeClaim",
  "Event",
  "ResourceQuota",
  "LimitRange",
  "Service",
  "Ingress",
  "HTTPRoute",
  "NetworkPolicy",
  "PodDisruptionBudget",
  "HorizontalPodAutoscaler",
  "Job",
  "CronJob",
  "ConfigMap",
] as const;
export type WatchedKind = (typeof WATCHED_KINDS)[number];

/** Those of them that a cluster has only where somebody installed them (CRDs); every API server has the others. */
export const INSTALLED_KINDS: readonly WatchedKind[] = ["HTTPRoute"];

export type WatchMessage =
  /** The server has accepted the watch. Always the first message. */
  | Readonly<{ type: "opened" }>
  | Readonly<{ type: "changed"; object: unknown }>
  | Readonly<{ type: "removed"; object: unknown }>
  /** All up to this version has been told. `isWhole`: of a watch that begins with every object, they have all come now. */
  | Readonly<{ type: "bookmark"; resourceVersion: string; isWhole: boolean }>;

export type WatchFrom = Readonly<{ resourceVersion: string | undefined; timeoutSeconds: number }>;

export type ListPage = Readonly<{ items: readonly unknown[]; resourceVersion: string }>;

/**
 * The name of a user or group in whose name Gatehouse may act. It travels as the value of an HTTP header, which Kubernetes
 * decodes for `Impersonate-Extra-` alone, so what a header cannot carry unchanged is refused (RFC 9110, section 5.5).
 * https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/
 */
export const ActingName = z
  .string()
  .regex(
    /^[\x21-\x7e]([\x20-\x7e]{0,198}[\x21-\x7e])?$/,
    "expected 1 to 200 printable ASCII characters, and no space at either end",
  )
  .refine(
    (name) => !isKubernetesOwn(name),
    "expected a name that does not begin with system:, which is Kubernetes' own",
  );

const Actor = z
  .object({ user: ActingName, groups: z.array(ActingName).readonly() })
  .readonly()
  .brand<"Actor">();

/** A person as the API server is to see them. Only `actorFor` makes one. */
export type Actor = z.infer<typeof Actor>;

export type ActorMade = Readonly<{ ok: true; actor: Actor }> | Readonly<{ ok: false; because: string }>;

/**
 * In whose name something is done in a cluster: the person, with those of their groups that `allowedGroups` names (in
 * gatehouse.yaml `clusters[].impersonate.groups`). Nobody where that list is left out, or where the name or any group is
 * one of Kubernetes' own, whoever's slip or trick that is.
 */
export function actorFor(
  person: Pick<Person, "account" | "groups">,
  allowedGroups: readonly string[] | undefined,
): ActorMade {
  if (allowedGroups === undefined) {
    return {
      ok: false,
      because: "gatehouse.yaml names no groups to impersonate for this cluster, so Gatehouse changes nothing in it",
    };
  }
  if (person.groups.some(isKubernetesOwn)) {
    return { ok: false, because: "one of the person's groups begins with system:, which is Kubernetes' own" };
  }
  const groups = [...new Set(person.groups)].filter((group) => allowedGroups.includes(group));
  const made = Actor.safeParse({ user: person.account, groups });
  if (made.success) {
    return { ok: true, actor: made.data };
  }
  const [issue] = made.error.issues;
  const part = issue?.path[0] === "groups" ? "the name of a group" : "the account's name";
  return { ok: false, because: `${part} cannot be used in a cluster: ${issue?.message}` };
}

function isKubernetesOwn(name: string): boolean {
  return name.startsWith("system:");
}

/** What somebody would do to one object; `group` is the API group, empty for the core one. */
export type Access = Readonly<{ verb: string; group: string; resource: string; namespace: string; name: string }>;

export type WorkloadName = Readonly<{ kind: WorkloadKind; namespace: string; name: string }>;

/** A workload as somebody has seen it: that very object in that very version. */
export type SeenVersion = WorkloadName & Readonly<{ uid: string; resourceVersion: string }>;

/** What an operation leaves on the object that it changes, so that its effect can be found again. */
export type Mark = Readonly<{ operationId: string; at: Date }>;

/** The workload as it is now: which operation left its mark last, and the generation of its spec. */
export type Marked = Readonly<{
  uid: string;
  resourceVersion: string;
  generation: number;
  operationId: string | undefined;
}>;

/** `isChanged` is false where the operation's mark was there already. `generation` is that of the restarted spec. */
export type Restarted = Readonly<{ isChanged: boolean; generation: number }>;

const RESOURCE_OF: Readonly<Record<WorkloadKind, string>> = {
  Deployment: "deployments",
  StatefulSet: "statefulsets",
  DaemonSet: "daemonsets",
};

/** What `restart` takes in the cluster. */
export function accessToRestart({ kind, namespace, name }: WorkloadName): Access {
  return { verb: "patch", group: "apps", resource: RESOURCE_OF[kind], namespace, name };
}

/**
 * One Kubernetes cluster. It is read as Gatehouse itself and written as a person, so that the cluster's own rules decide
 * and its audit log names them. Every method may throw ClusterError; none retries by itself.
 */
export type ClusterPort = Readonly<{
  id: string;
  /** All objects of a kind, page by page (500 each), so that a page can be dropped once it is projected. Deadline 30 s a page. */
  list(kind: WatchedKind, signal: AbortSignal): AsyncIterable<ListPage>;
  /**
   * Changes after `resourceVersion`, with bookmarks; where it is undefined, first every object as `changed`, and a bookmark
   * with `isWhole` (WatchList, KEP-3157). Deadline to be opened 10 s. Ends when the server ends it (after `timeoutSeconds`) or
   * when the signal aborts. `unsupported`: the API server has no watch that begins with every object. `expired`: that version
   * is no longer held (410). `not_found`: the kind is not installed. `garbled`: a line is no event, and is lost.
   */
  watch(kind: WatchedKind, from: WatchFrom, signal: AbortSignal): AsyncIterable<WatchMessage>;
  /**
   * What each pod uses now, by the metrics API. Repeatable. Deadline 15 s. `not_found`: the cluster has no metrics API.
   * `unreachable` also where it is installed and does not answer. A pod of which it says what cannot be read is named apart.
   * https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/
   */
  podUsage(signal: AbortSignal): Promise<PodUsages>;
  /** Whether the API server answers at all. Repeatable; the signal is its deadline. */
  probe(signal: AbortSignal): Promise<void>;
  /**
   * What the cluster's rules say of it (SubjectAccessReview), to tell somebody before they ask. Admission may still refuse,
   * so the real call decides. Repeatable. Deadline 10 s. `denied` where Gatehouse itself may not ask.
   */
  mayAct(actor: Actor, access: Access, signal: AbortSignal): Promise<Decision>;
  /** Which operation left its mark on the workload last. Repeatable. Deadline 10 s. `not_found` where there is no such workload. */
  findMark(workload: WorkloadName, signal: AbortSignal): Promise<Marked>;
  /**
   * Lets the controller replace all pods, as `kubectl rollout restart` does, and leaves the mark, in one change. With a mark
   * that is there already it changes nothing, so it may be repeated. Deadlines: 10 s a look, 15 s the change.
   * `denied`: the cluster refuses it to the person. `moved`: the workload is another or has changed since it was seen.
   * `not_found`: it is gone. Nothing has changed after any of these, nor after `unreachable`, `throttled` and `rejected`.
   * `outcome_unknown`: nobody knows whether it was done; `findMark` tells.
   */
  restart(actor: Actor, workload: SeenVersion, mark: Mark, signal: AbortSignal): Promise<Restarted>;
  /**
   * Writes down on the workload that the operation has given up, which moves its version and changes nothing else: a restart that
   * names an earlier one is `moved` from then on, however late it comes. Deadline 15 s. Throws as `restart` does.
   */
  giveUp(actor: Actor, workload: SeenVersion, mark: Mark, signal: AbortSignal): Promise<void>;
}>;
