import "server-only";
import pino from "pino";
import { env } from "./env.ts";

export type Log = pino.Logger;

let root: Log | undefined;

/** The process's log: one JSON line an event, to standard output, with secrets masked. */
export function log(): Log {
  root ??= pino({
    level: env().LOG_LEVEL,
    redact: { paths: ["*.token", "*.password", "*.authorization", "*.cookie", "*.secret"], censor: "[masked]" },
    timestamp: pino.stdTimeFunctions.isoTime,
  });
  return root;
}
