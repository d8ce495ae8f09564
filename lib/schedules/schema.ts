import * as z from "zod";

/** A run as the database has it. */
export const StoredRun = z.object({
  cluster: z.string(),
  scheduleUid: z.string(),
  jobUid: z.string(),
  dueAt: z.date(),
  startedAt: z.date().nullable(),
  endedAt: z.date().nullable(),
  isSucceeded: z.boolean(),
  failure: z.string().nullable(),
  report: z.record(z.string(), z.string()),
});
export type StoredRun = z.infer<typeof StoredRun>;
