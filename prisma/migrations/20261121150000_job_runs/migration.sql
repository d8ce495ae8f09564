-- Runs of jobs that have ended, for longer than Kubernetes keeps them.
CREATE TABLE "JobRun" (
    "cluster" TEXT NOT NULL,
    "jobUid" TEXT NOT NULL,
    "jobName" TEXT NOT NULL,
    "namespace" TEXT NOT NULL,
    "scheduleUid" TEXT NOT NULL,
    "scheduleName" TEXT NOT NULL,
    "dueAt" TIMESTAMPTZ(3) NOT NULL,
    "startedAt" TIMESTAMPTZ(3),
    "endedAt" TIMESTAMPTZ(3),
    "isSucceeded" BOOLEAN NOT NULL,
    "failure" TEXT,
    "report" JSONB NOT NULL,
    CONSTRAINT "JobRun_pkey" PRIMARY KEY ("cluster", "jobUid")
);

CREATE INDEX "JobRun_cluster_scheduleUid_dueAt_idx" ON "JobRun"("cluster", "scheduleUid", "dueAt");
CREATE INDEX "JobRun_dueAt_idx" ON "JobRun"("dueAt");
