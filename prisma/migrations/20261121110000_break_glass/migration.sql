CREATE TABLE "BreakGlass" (
    "id" TEXT NOT NULL,
    "environment" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "told" TEXT[] NOT NULL,
    "openedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "endsAt" TIMESTAMPTZ(3) NOT NULL,
    "closedAt" TIMESTAMPTZ(3),
    "closedBy" TEXT,
    "reviewedAt" TIMESTAMPTZ(3),
    "reviewedBy" TEXT,
    "review" TEXT,
    CONSTRAINT "BreakGlass_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "BreakGlass_openedAt_idx" ON "BreakGlass"("openedAt");
-- Until somebody else has reviewed it, the glass of an environment cannot be broken again, whoever tries at the same moment.
CREATE UNIQUE INDEX "BreakGlass_unreviewed_environment_key" ON "BreakGlass"("environment") WHERE "reviewedAt" IS NULL;
ALTER TABLE "Request" ADD CONSTRAINT "Request_breakGlassId_fkey"
    FOREIGN KEY ("breakGlassId") REFERENCES "BreakGlass"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
