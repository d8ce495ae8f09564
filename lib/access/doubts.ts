import "server-only";
import { EventEmitter } from "node:events";

/** Says that somebody's access may have changed: an account's, or anybody's where none is named. */
export type AccessDoubts = EventEmitter<{ doubt: [account: string | undefined] }>;

export function createAccessDoubts(): AccessDoubts {
  return new EventEmitter<{ doubt: [account: string | undefined] }>().setMaxListeners(0);
}
