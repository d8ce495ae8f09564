-- Every sign-in whose session is open. A cookie whose row is not here counts for nothing.
CREATE TABLE "SignIn" (
    "id" TEXT NOT NULL,
    "sessionId" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "providerSession" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT "SignIn_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "SignIn_sessionId_idx" ON "SignIn"("sessionId");
CREATE INDEX "SignIn_account_idx" ON "SignIn"("account");
CREATE INDEX "SignIn_at_idx" ON "SignIn"("at");
ALTER TABLE "SignIn" ADD CONSTRAINT "SignIn_account_fkey"
    FOREIGN KEY ("account") REFERENCES "Account"("account") ON DELETE RESTRICT ON UPDATE CASCADE;

-- When the person proved who they are, by the provider's clock: one proof confirms one step-up.
ALTER TABLE "StepUp" ADD COLUMN "provedAt" TIMESTAMPTZ(3);
CREATE UNIQUE INDEX "StepUp_account_provedAt_key" ON "StepUp"("account", "provedAt");
