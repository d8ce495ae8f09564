-- What a request had to satisfy when it was asked for. Requests from before policies were data could be asked for by nobody now.
ALTER TABLE "Request" ADD COLUMN "policy" JSONB NOT NULL
    DEFAULT '{"ask":[],"agree":[],"exclude":["requester","authors"],"stepUp":true,"expiresAfterMs":0,"run":"at-once","tickets":[],"freezes":[]}';
ALTER TABLE "Request" ALTER COLUMN "policy" DROP DEFAULT;
ALTER TABLE "Request" ADD COLUMN "ticket" TEXT;
ALTER TABLE "Request" ADD COLUMN "runAt" TIMESTAMPTZ(3);
ALTER TABLE "Request" ADD COLUMN "breakGlassId" TEXT;

-- Who an approver stood for when they approved: a role taken away later does not rewrite what was agreed.
ALTER TABLE "Approval" ADD COLUMN "roles" TEXT[] NOT NULL DEFAULT '{}';
ALTER TABLE "Approval" ADD COLUMN "groups" TEXT[] NOT NULL DEFAULT '{}';
ALTER TABLE "Approval" ALTER COLUMN "roles" DROP DEFAULT;
ALTER TABLE "Approval" ALTER COLUMN "groups" DROP DEFAULT;
UPDATE "Approval" SET "roles" = '{operator}' WHERE "decision" = 'approve';
