/** Paths of pages, in one place, so that a page that moves takes its links along. */
export const OVERVIEW_PATH = "/";
export const PROMOTIONS_PATH = "/promotions";
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

/** The promotions page with the dialog open that rolls an environment back. */
export function rollBackPath(environmentId: string): string {
  return `${PROMOTIONS_PATH}?rollback=${encodeURIComponent(environmentId)}`;
}
