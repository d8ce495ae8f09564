import "server-only";

/**
 * For a connection on which silence says nothing: after so much of it the kernel asks the other end, and again, and then fails the
 * connection with ETIMEDOUT.
 */
export const KEEP_ALIVE = { enable: true, initialDelay: 2000, interval: 1000, count: 2 };
/** How long nothing was heard on a connection that fails so. */
export const KEEP_ALIVE_MS = KEEP_ALIVE.initialDelay + KEEP_ALIVE.interval * KEEP_ALIVE.count;
