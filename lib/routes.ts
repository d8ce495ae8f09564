/** Paths of pages, in one place, so that a page that moves takes its links along. */
export const OVERVIEW_PATH = "/";
export const PROMOTIONS_PATH = "/promotions";
export const TOPOLOGY_PATH = "/topology";
export const ROLLOUTS_PATH = "/rollouts";
export const PODS_PATH = "/pods";
export const QUOTAS_PATH = "/quotas";
export const SCHEDULES_PATH = "/schedules";
export const RECONCILIATION_PATH = "/reconciliation";
export const RECOVERY_PATH = "/recovery";
export const REQUESTS_PATH = "/requests";
export const AUDIT_PATH = "/audit";
export const PEOPLE_PATH = "/people";
export const SIGN_IN_PATH = "/signin";
/** For somebody who is signed in and holds no role at all. */
export const NO_ROLE_PATH = "/no-role";
/** In the query of the page that one comes back to from signing in again: whether that counts. */
export const STEPPED_UP = "stepped-up";

/** Where a fresh sign-in is counted, and one is sent back to `returnTo`. */
export function stepUpPath(stepUpId: string, returnTo: string): string {
  return `/step-up/${encodeURIComponent(stepUpId)}?${new URLSearchParams({ return: returnTo })}`;
}

/** Where what is on record is exported: of one request, or of a period. */
export function exportPath(
  search: Readonly<{ request?: string | undefined; from?: string | undefined; to?: string | undefined }>,
): string {
  const query = new URLSearchParams(
    Object.entries(search).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  return `/api/v1/audit/export?${query}`;
}

export function requestPath(requestId: string): string {
  return `${REQUESTS_PATH}/${encodeURIComponent(requestId)}`;
}

/** The promotions page with the dialog open that promotes into an environment. */
export function promotePath(environmentId: string): string {
  return `${PROMOTIONS_PATH}?promote=${encodeURIComponent(environmentId)}`;
}

/** The rollouts page with the dialog open that restarts a workload, as `restartTargetName` names it. */
export function restartPath(target: string): string {
  return `${ROLLOUTS_PATH}?${new URLSearchParams({ restart: target })}`;
}

/** The promotions page with the dialog open that rolls an environment back. */
export function rollBackPath(environmentId: string): string {
  return `${PROMOTIONS_PATH}?rollback=${encodeURIComponent(environmentId)}`;
}

/** What the rollouts page shows, as its query names it. */
export const ROLLOUT_SEARCH = ["tab", "environment", "kind", "state", "text", "workload"] as const;
export type RolloutSearch = Readonly<Partial<Record<(typeof ROLLOUT_SEARCH)[number], string | undefined>>>;

/** The rollouts page, with what it shows in its query; `workload` is a row's id, whose panel is open. */
export function rolloutsPath(search: RolloutSearch): string {
  return withQuery(ROLLOUTS_PATH, ROLLOUT_SEARCH, search);
}

/** What the schedules page shows, as its query names it. */
export const SCHEDULE_SEARCH = ["environment", "job"] as const;
export type ScheduleSearch = Readonly<Partial<Record<(typeof SCHEDULE_SEARCH)[number], string | undefined>>>;

/** The schedules page; `job` is a row's id, whose panel is open. */
export function schedulesPath(search: ScheduleSearch): string {
  return withQuery(SCHEDULES_PATH, SCHEDULE_SEARCH, search);
}

/** What the pods page shows, as its query names it. */
export const POD_SEARCH = ["environment", "state", "text", "pod"] as const;
export type PodSearch = Readonly<Partial<Record<(typeof POD_SEARCH)[number], string | undefined>>>;

/** The pods page; `pod` is a row's id, whose panel is open. */
export function podsPath(search: PodSearch): string {
  return withQuery(PODS_PATH, POD_SEARCH, search);
}

/** What the topology page shows, as its query names it. */
export const TOPOLOGY_SEARCH = ["environment", "view", "select", "whatIf"] as const;
export type TopologySearch = Readonly<Partial<Record<(typeof TOPOLOGY_SEARCH)[number], string | undefined>>>;

/** The topology page; `select` is a node's id, whose panel is open, and `whatIf` is what goes, such as `zone:a`. */
export function topologyPath(search: TopologySearch): string {
  return withQuery(TOPOLOGY_PATH, TOPOLOGY_SEARCH, search);
}

/** What the quotas page shows, as its query names it. */
export const QUOTA_SEARCH = ["tab", "environment", "resource", "quota"] as const;
export type QuotaSearch = Readonly<Partial<Record<(typeof QUOTA_SEARCH)[number], string | undefined>>>;

/** The quotas page, with what it shows in its query; `quota` is a row's id, whose panel is open. */
export function quotasPath(search: QuotaSearch): string {
  return withQuery(QUOTAS_PATH, QUOTA_SEARCH, search);
}

/** A page's query, as Next hands it over. */
export type PageQuery = Promise<Readonly<Record<string, string | string[] | undefined>>>;

/** Of a page's query what the page knows, where it is said once and with something in it. */
export function searchIn<Name extends string>(
  query: Awaited<PageQuery>,
  names: readonly Name[],
): Readonly<Partial<Record<Name, string>>> {
  const search: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = query[name];
    if (typeof value === "string" && value !== "") {
      search[name] = value;
    }
  }
  return search;
}

function withQuery<Name extends string>(
  path: string,
  names: readonly Name[],
  search: Readonly<Partial<Record<Name, string | undefined>>>,
): string {
  const query = new URLSearchParams();
  for (const name of names) {
    const value = search[name];
    if (value !== undefined) {
      query.set(name, value);
    }
  }
  return query.size === 0 ? path : `${path}?${query}`;
}
