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
/** A CronJob as the runs in the database remember it. */
export const StoredSchedule = z.object({
  cluster: z.string(),
  namespace: z.string(),
  scheduleUid: z.string(),
  scheduleName: z.string(),
  scheduleRole: z.string(),
  lastDueAt: z.date(),
  lastSuccessAt: z.date().nullable(),
});
export type StoredRun = z.infer<typeof StoredRun>;
