-- What the CronJob of a run is for, such as backup, so that one that was deleted is missed. Null for a Job that nobody schedules.
ALTER TABLE "JobRun" ADD COLUMN "scheduleRole" TEXT;
CREATE INDEX "JobRun_scheduleRole_dueAt_idx" ON "JobRun"("scheduleRole", "dueAt");
