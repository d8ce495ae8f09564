CREATE TABLE "Account" (
    "account" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "emails" TEXT[] NOT NULL,
    "groups" TEXT[] NOT NULL,
    "sessionVersion" INTEGER NOT NULL DEFAULT 1,
    "lastSignInAt" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT "Account_pkey" PRIMARY KEY ("account")
);
CREATE UNIQUE INDEX "Account_provider_subject_key" ON "Account"("provider", "subject");

CREATE TABLE "StepUp" (
    "id" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "confirmedAt" TIMESTAMPTZ(3),
    "spentAt" TIMESTAMPTZ(3),
    CONSTRAINT "StepUp_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "StepUp_account_digest_idx" ON "StepUp"("account", "digest");
ALTER TABLE "StepUp" ADD CONSTRAINT "StepUp_account_fkey"
    FOREIGN KEY ("account") REFERENCES "Account"("account") ON DELETE RESTRICT ON UPDATE CASCADE;
