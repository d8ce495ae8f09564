"use client";

import { useRouter } from "next/navigation";
import { type ReactNode, useState } from "react";
import { EnvironmentTag } from "#components/environments/environment-tag.tsx";
import { useSources } from "#components/live/live-provider.tsx";
import { type ServerAction, useAction } from "#components/live/use-action.ts";
import { usePreview } from "#components/live/use-preview.ts";
import {
  type Asked,
  authorsOf,
  ChangeReason,
  NOTHING_ASKED,
  newKey,
  PreviewFailure,
  sentOf,
  startsByThis,
  whyNotAsked,
} from "#components/releases/change-reason.tsx";
import { PlanCommits, PlanObjects, PlanServices, SurgeRoom } from "#components/releases/plan-view.tsx";
import { agreeWords, countWords, listWords, servicesWords } from "#components/requests/request-words.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog, DialogRule } from "#components/ui/dialog.tsx";
import { forgetDraft } from "#components/ui/drafts.ts";
import { SkeletonPanel } from "#components/ui/skeleton.tsx";
import { type EnvironmentRow, whyUnseen } from "#lib/environments/model.ts";
import { promotionPreviewKey } from "#lib/promotions/keys.ts";
import { PromotionPreviewBody } from "#lib/promotions/schema.ts";
import type { AskInput } from "#lib/requests/schema.ts";
import { requestPath } from "#lib/routes.ts";

type PromoteDialogProps = Readonly<{
  environment: EnvironmentRow;
  request: ServerAction<AskInput, { requestId: string }>;
  onClose: () => void;
}>;

/** Everything that promoting into an environment would change, and the words that ask for it. */
export function PromoteDialog({ environment, request, onClose }: PromoteDialogProps): ReactNode {
  const router = useRouter();
  const [idempotencyKey] = useState(newKey);
  const [words, setWords] = useState(NOTHING_ASKED);
  const draftKey = `promote ${environment.id}`;
  const preview = usePreview(
    promotionPreviewKey(environment.id),
    `/api/v1/promotions/preview?environment=${encodeURIComponent(environment.id)}`,
    PromotionPreviewBody,
    true,
  );
  const body = preview.data;
  const asking = useAction(
    request,
    ({ requestId }) => {
      forgetDraft(draftKey);
      router.push(requestPath(requestId));
    },
    ({ digest }) => (startsByThis(body?.policy) ? digest : undefined),
  );
  const stale = whyUnseen(environment, useSources());
  const blockedBecause = stale ?? whyBlocked(body, preview.error, words);
  return (
    <Dialog
      open
      size={preview.error === null ? "sheet" : "small"}
      onClose={onClose}
      title={
        body === undefined
          ? `Promote to ${environment.id}`
          : `Promote ${servicesWords(body.plan.services.map((one) => one.service))} to ${environment.id}`
      }
      aside={<EnvironmentTag id={environment.tier === "live" ? "LIVE" : environment.id} tier={environment.tier} />}
      lead={body === undefined ? (preview.error === null ? "Working out what would change." : null) : leadWords(body)}
      footer={
        <>
          <DialogRule missing={body === undefined ? undefined : blockedBecause}>
            {body === undefined ? "" : ruleWords(body)}
          </DialogRule>
          <Button onClick={onClose}>Close</Button>
          <Button
            variant="primary"
            blockedBecause={blockedBecause}
            busy={asking.isPending}
            onClick={() => {
              if (body !== undefined) {
                asking.mutate({ environment: environment.id, digest: body.digest, ...sentOf(words), idempotencyKey });
              }
            }}
          >
            Promote
          </Button>
        </>
      }
    >
      <PreviewFailure error={preview.error} retry={() => preview.refetch()} />
      {preview.isPending ? <SkeletonPanel rows={4} /> : null}
      {body === undefined ? null : (
        <>
          <ChangeReason
            draftKey={draftKey}
            policy={body.policy}
            asked={words}
            onAsked={setWords}
            hint="Why now, and where it was verified. Whoever approves reads this; it stays on the record."
            error={asking.error}
            onLookAgain={() => preview.refetch()}
          />
          <PlanServices plan={body.plan} digest={body.digest} digestIs="exactly this is asked for" isRollback={false} />
          <SurgeRoom plan={body.plan} headroom={body.headroom} isSeen={stale === undefined} />
          <PlanCommits
            commits={body.plan.commits}
            title="Commits"
            hint={`${body.plan.commits.length}, by ${listWords(authorsOf(body.plan))}, who may not approve`}
          />
          <PlanObjects plan={body.plan} />
        </>
      )}
    </Dialog>
  );
}

function leadWords({ plan }: PromotionPreviewBody): string {
  const objects = countWords(plan.objects.length, "object");
  return `${countWords(plan.commits.length, "commit")} on ${plan.from.branch} would be merged into ${plan.branch} and change ${objects} in ${plan.environment}.`;
}

function ruleWords({ plan, policy }: PromotionPreviewBody): string {
  if (policy === null || policy.agree.length === 0) {
    return "Nobody else needs to agree: it starts at once and is on record.";
  }
  const others = [
    ...(policy.exclude.includes("requester") ? ["you"] : []),
    ...(policy.exclude.includes("authors") ? [`the authors (${listWords(authorsOf(plan))})`] : []),
  ];
  return `Nothing changes yet: ${agreeWords(policy.agree)} must approve exactly this${others.length === 0 ? "" : `, other than ${listWords(others)}`}.`;
}

function whyBlocked(body: PromotionPreviewBody | undefined, error: Error | null, words: Asked): string | undefined {
  if (error !== null) {
    return "There is no plan to ask for.";
  }
  if (body === undefined) {
    return "Still working out what would change.";
  }
  if (!body.may.allowed) {
    return body.may.because;
  }
  return whyNotAsked(body.policy, words, new Date());
}
