"use client";

import type { ReactNode } from "react";
import { useRows, useSources } from "#components/live/live-provider.tsx";
import type { ServerAction } from "#components/live/use-action.ts";
import { ChangeDialog } from "#components/releases/change-dialog.tsx";
import { authorsOf, triggerersOf } from "#components/releases/change-reason.tsx";
import { PlanCommits, PlanEvidence, PlanObjects, PlanServices, SurgeRoom } from "#components/releases/plan-view.tsx";
import { agreeWords, authorsWords, countWords, listWords, servicesWords } from "#components/requests/request-words.ts";
import { type EnvironmentRow, whyUnseen } from "#lib/environments/model.ts";
import { promotionPreviewKey } from "#lib/promotions/keys.ts";
import type { PromotionPreviewBody } from "#lib/promotions/schema.ts";
import type { AskInput } from "#lib/requests/schema.ts";

type PromoteDialogProps = Readonly<{
  environment: EnvironmentRow;
  request: ServerAction<AskInput, { requestId: string }>;
  onClose: () => void;
}>;

/** Everything that promoting into an environment would change, and the words that ask for it. */
export function PromoteDialog({ environment, request, onClose }: PromoteDialogProps): ReactNode {
  const moves = useMoves(environment);
  return (
    <ChangeDialog
      environment={environment}
      preview={{
        key: promotionPreviewKey(environment.id),
        url: `/api/v1/promotions/preview?environment=${encodeURIComponent(environment.id)}`,
        moves,
      }}
      request={request}
      verb="Promote"
      variant="primary"
      draftKey={`promote ${environment.id}`}
      title={(body) =>
        body === undefined
          ? `Promote to ${environment.id}`
          : `Promote ${servicesWords(body.plan.services.map((one) => one.service))} to ${environment.id}`
      }
      sought="what would change"
      lead={leadWords}
      rule={ruleWords}
      nothing="There is no plan to ask for."
      hint="Why now, and where it was verified. Whoever approves reads this; it stays on the record."
      onClose={onClose}
    >
      {({ plan, policy, digest, headroom }, isSeen) => (
        <>
          <PlanServices plan={plan} digest={digest} digestIs="exactly this is asked for" isRollback={false} />
          <PlanEvidence evidence={plan.evidence} isRollback={false} />
          <SurgeRoom plan={plan} headroom={headroom} isSeen={isSeen} />
          <PlanCommits
            commits={plan.commits}
            title="Commits"
            hint={`${plan.commits.length}, ${authorsWords(authorsOf(plan), policy)}`}
          />
          <PlanObjects plan={plan} />
        </>
      )}
    </ChangeDialog>
  );
}

/** Another whenever a branch, or what runs where the release comes from, is another. */
function useMoves({ head, after }: EnvironmentRow): string {
  const before = useRows("environment").get(after ?? "");
  const sources = useSources();
  const running = [...useRows("workload").values()]
    .filter(({ environment }) => environment === after)
    .map(({ id, revision, rollout }) => [id, revision, rollout.state].join(" "))
    .sort();
  return [head, before?.head, before && whyUnseen(before, sources), ...running].join("\n");
}

function leadWords({ plan }: PromotionPreviewBody): string {
  const objects = countWords(plan.objects.length, "object");
  return `${countWords(plan.commits.length, "commit")} on ${plan.from.branch} would be merged into ${plan.branch} and change ${objects} in ${plan.environment}.`;
}

const STARTS = {
  "at-once": "it starts at once",
  scheduled: "it starts at the time that you set",
  "by-hand": "it is started by hand",
} as const;

function ruleWords({ plan, policy }: PromotionPreviewBody): string {
  if (policy === null || policy.agree.length === 0) {
    return `Nobody else needs to agree: ${STARTS[policy?.run ?? "at-once"]} and is on record.`;
  }
  const triggerers = triggerersOf(plan);
  const others = [
    ...(policy.exclude.includes("requester") ? ["you"] : []),
    ...(policy.exclude.includes("authors") ? [`the authors (${listWords(authorsOf(plan))})`] : []),
    ...(policy.exclude.includes("triggerers") && triggerers.length > 0
      ? [`who had a bot write some of it (${listWords(triggerers)})`]
      : []),
  ];
  return `Nothing changes yet: ${agreeWords(policy.agree)} must approve exactly this${others.length === 0 ? "" : `, other than ${listWords(others)}`}.`;
}
