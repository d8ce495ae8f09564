-- What a policy that is raised later asks about: as what somebody asked, and whether by signing in again for it. Of requests from
-- before nobody knows as what they were asked for, so that those still open are asked for anew.
ALTER TABLE "Request" ADD COLUMN "askedAs" TEXT[] NOT NULL DEFAULT '{}';
ALTER TABLE "Request" ADD COLUMN "steppedUp" BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE "Request" ALTER COLUMN "askedAs" DROP DEFAULT;
ALTER TABLE "Request" ALTER COLUMN "steppedUp" DROP DEFAULT;

-- The same of an approval, and which exclusions would meet whoever gave it. One from before was given under what its request's policy
-- asked for then. Whom that did not exclude is taken to be excluded where it is now.
ALTER TABLE "Approval" ADD COLUMN "steppedUp" BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE "Approval" ADD COLUMN "excludableAs" TEXT[] NOT NULL DEFAULT '{}';
UPDATE "Approval" a SET
    "steppedUp" = (r."policy"->>'stepUp')::BOOLEAN,
    "excludableAs" = ARRAY(SELECT e FROM unnest(ARRAY['requester', 'authors']) e WHERE NOT r."policy"->'exclude' @> to_jsonb(e))
    FROM "Request" r WHERE r."id" = a."requestId" AND a."decision" = 'approve';
ALTER TABLE "Approval" ALTER COLUMN "steppedUp" DROP DEFAULT;
ALTER TABLE "Approval" ALTER COLUMN "excludableAs" DROP DEFAULT;
