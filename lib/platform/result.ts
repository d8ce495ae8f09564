import type { ErrorCode } from "./errors.ts";

export type Refusal = {
  ok: false;
  code: ErrorCode;
  message: string;
  fields?: Readonly<Record<string, string>>;
  /** Names this call in the log and on the record. */
  callId: string;
};

/** What a server action answers with. */
export type Result<T> = { ok: true; value: T } | Refusal;
