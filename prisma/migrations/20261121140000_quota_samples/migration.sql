-- What was requested of a quota's resource, once an hour.
CREATE TABLE "QuotaSample" (
    "cluster" TEXT NOT NULL,
    "namespace" TEXT NOT NULL,
    "quota" TEXT NOT NULL,
    "resource" TEXT NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "hard" TEXT NOT NULL,
    "requested" TEXT NOT NULL,
    CONSTRAINT "QuotaSample_pkey" PRIMARY KEY ("cluster", "namespace", "quota", "resource", "hour")
);

CREATE INDEX "QuotaSample_hour_idx" ON "QuotaSample"("hour");
