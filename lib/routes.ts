/** Paths of pages, in one place, so that a page that moves takes its links along. */
export const OVERVIEW_PATH = "/";
export const PROMOTIONS_PATH = "/promotions";
export const REQUESTS_PATH = "/requests";
export const AUDIT_PATH = "/audit";
export const SIGN_IN_PATH = "/signin";

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
