CREATE TYPE "RequestAction" AS ENUM ('promotion', 'rollback');
CREATE TYPE "RequestState" AS ENUM ('waiting', 'approved', 'rejected', 'withdrawn', 'void');
CREATE TYPE "Decision" AS ENUM ('approve', 'reject');
CREATE TYPE "OperationState" AS ENUM ('running', 'succeeded', 'failed');
CREATE TYPE "StepState" AS ENUM ('pending', 'running', 'done', 'failed');

CREATE TABLE "Request" (
    "id" TEXT NOT NULL,
    "action" "RequestAction" NOT NULL,
    "platform" TEXT NOT NULL,
    "environment" TEXT NOT NULL,
    "state" "RequestState" NOT NULL,
    "stateReason" TEXT,
    "digest" TEXT NOT NULL,
    "plan" JSONB NOT NULL,
    "requestedBy" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "idempotencyKey" TEXT NOT NULL,
    "inputHash" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "expiresAt" TIMESTAMPTZ(3),
    "decidedAt" TIMESTAMPTZ(3),
    CONSTRAINT "Request_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "Request_requestedBy_action_idempotencyKey_key" ON "Request"("requestedBy", "action", "idempotencyKey");
CREATE INDEX "Request_environment_state_idx" ON "Request"("environment", "state");
CREATE INDEX "Request_createdAt_idx" ON "Request"("createdAt");

CREATE TABLE "Approval" (
    "id" TEXT NOT NULL,
    "requestId" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "decision" "Decision" NOT NULL,
    "digest" TEXT NOT NULL,
    "comment" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT "Approval_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "Approval_requestId_account_key" ON "Approval"("requestId", "account");
ALTER TABLE "Approval" ADD CONSTRAINT "Approval_requestId_fkey"
    FOREIGN KEY ("requestId") REFERENCES "Request"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

CREATE TABLE "Operation" (
    "id" TEXT NOT NULL,
    "requestId" TEXT NOT NULL,
    "environment" TEXT NOT NULL,
    "state" "OperationState" NOT NULL,
    "outcome" TEXT,
    "result" JSONB,
    "fence" INTEGER NOT NULL DEFAULT 0,
    "leaseOwner" TEXT,
    "leaseUntil" TIMESTAMPTZ(3),
    "startedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "endedAt" TIMESTAMPTZ(3),
    CONSTRAINT "Operation_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "Operation_requestId_key" ON "Operation"("requestId");
CREATE INDEX "Operation_state_idx" ON "Operation"("state");
-- One operation at a time in an environment. Prisma's schema language has no partial unique index.
CREATE UNIQUE INDEX "Operation_running_environment_key" ON "Operation"("environment") WHERE "state" = 'running';
ALTER TABLE "Operation" ADD CONSTRAINT "Operation_requestId_fkey"
    FOREIGN KEY ("requestId") REFERENCES "Request"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

CREATE TABLE "OperationStep" (
    "operationId" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "state" "StepState" NOT NULL,
    "detail" JSONB,
    "startedAt" TIMESTAMPTZ(3),
    "endedAt" TIMESTAMPTZ(3),
    CONSTRAINT "OperationStep_pkey" PRIMARY KEY ("operationId", "position")
);
ALTER TABLE "OperationStep" ADD CONSTRAINT "OperationStep_operationId_fkey"
    FOREIGN KEY ("operationId") REFERENCES "Operation"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

CREATE TABLE "AuditEvent" (
    "seq" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "requestId" TEXT,
    "detail" JSONB NOT NULL,
    "previousHash" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    CONSTRAINT "AuditEvent_pkey" PRIMARY KEY ("seq")
);
CREATE UNIQUE INDEX "AuditEvent_hash_key" ON "AuditEvent"("hash");
CREATE INDEX "AuditEvent_requestId_idx" ON "AuditEvent"("requestId");
CREATE INDEX "AuditEvent_actor_idx" ON "AuditEvent"("actor");
CREATE INDEX "AuditEvent_target_idx" ON "AuditEvent"("target");

-- The record is only ever added to. The semicolons of the body are escaped, since Prisma's WebAssembly engine splits a script at each one.
CREATE FUNCTION refuse_change_of_record() RETURNS trigger LANGUAGE plpgsql
    AS E'BEGIN RAISE EXCEPTION \'the record is only ever added to\'\x3B END\x3B';
CREATE TRIGGER "AuditEvent_only_added_to" BEFORE UPDATE OR DELETE OR TRUNCATE ON "AuditEvent"
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_record();
