"use client";

import { useRouter } from "next/navigation";
import { type ReactNode, useState } from "react";
import { EnvironmentTag } from "#components/environments/environment-tag.tsx";
import { useSources } from "#components/live/live-provider.tsx";
import { type ServerAction, useAction } from "#components/live/use-action.ts";
import { usePreview } from "#components/live/use-preview.ts";
import {
  type Asked,
  ChangeReason,
  NOTHING_ASKED,
  newKey,
  PreviewFailure,
  sentOf,
  startsByThis,
  whyNotAsked,
} from "#components/releases/change-reason.tsx";
import { PlanCommits, PlanObjects, PlanServices, SurgeRoom } from "#components/releases/plan-view.tsx";
import { agreeWords, countWords, servicesWords } from "#components/requests/request-words.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog, DialogRule } from "#components/ui/dialog.tsx";
import { forgetDraft } from "#components/ui/drafts.ts";
import { Notice } from "#components/ui/notice.tsx";
import { SkeletonPanel } from "#components/ui/skeleton.tsx";
import { type EnvironmentRow, whyUnseen } from "#lib/environments/model.ts";
import type { AskInput } from "#lib/requests/schema.ts";
import { rollbackPreviewKey } from "#lib/rollbacks/keys.ts";
import { RollbackPreviewBody } from "#lib/rollbacks/schema.ts";
import { requestPath } from "#lib/routes.ts";

type RollBackDialogProps = Readonly<{
  environment: EnvironmentRow;
  rollBack: ServerAction<AskInput, { requestId: string }>;
  onClose: () => void;
}>;

/** What taking the last promotion back brings back and what it loses, and the one button that does it. */
export function RollBackDialog({ environment, rollBack, onClose }: RollBackDialogProps): ReactNode {
  const router = useRouter();
  const [idempotencyKey] = useState(newKey);
  const [words, setWords] = useState(NOTHING_ASKED);
  const draftKey = `roll back ${environment.id}`;
  const preview = usePreview(
    rollbackPreviewKey(environment.id),
    `/api/v1/rollbacks/preview?environment=${encodeURIComponent(environment.id)}`,
    RollbackPreviewBody,
    true,
  );
  const body = preview.data;
  const rolling = useAction(
    rollBack,
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
          ? `Roll back ${environment.id}`
          : `Roll back ${servicesWords(body.plan.services.map((one) => one.service))} in ${environment.id}`
      }
      aside={<EnvironmentTag id={environment.tier === "live" ? "LIVE" : environment.id} tier={environment.tier} />}
      lead={
        body === undefined
          ? preview.error === null
            ? "Working out what would come back."
            : null
          : `The last promotion, ${body.plan.reverts.revision.slice(0, 8)}, is taken back by a new commit on ${body.plan.branch}; nothing is rewritten.`
      }
      footer={
        <>
          <DialogRule missing={body === undefined ? undefined : blockedBecause}>
            {body === undefined ? "" : ruleWords(body)}
          </DialogRule>
          <Button onClick={onClose}>Close</Button>
          <Button
            variant="danger"
            busy={rolling.isPending}
            blockedBecause={blockedBecause}
            onClick={() => {
              if (body !== undefined) {
                rolling.mutate({ environment: environment.id, digest: body.digest, ...sentOf(words), idempotencyKey });
              }
            }}
          >
            Roll back
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
            hint="What went wrong; it stays on the record."
            error={rolling.error}
            onLookAgain={() => preview.refetch()}
          />
          <MigrationsStay body={body} />
          <PlanServices plan={body.plan} digest={body.digest} digestIs="exactly this is rolled back" isRollback />
          <PlanCommits
            commits={body.plan.commits}
            title="What is lost"
            hint={`${countWords(body.plan.commits.length, "commit")} until promoted again`}
          />
          <SurgeRoom plan={body.plan} headroom={body.headroom} isSeen={stale === undefined} />
          <PlanObjects plan={body.plan} />
        </>
      )}
    </Dialog>
  );
}

function ruleWords({ policy }: RollbackPreviewBody): string {
  return policy === null || policy.agree.length === 0
    ? "No second person is needed. It starts at once and is on record."
    : `Nothing changes yet: ${agreeWords(policy.agree)} must approve exactly this.`;
}

function MigrationsStay({ body }: Readonly<{ body: RollbackPreviewBody }>): ReactNode {
  const services = body.plan.services.filter((service) => service.migrations.length > 0);
  if (services.length === 0) {
    return null;
  }
  const names = services.map((service) => service.service).join(", ");
  return (
    <Notice tone="look">
      A migration of {names} has run. Rolling back takes its file out of Git but does not undo it in the database: make
      sure that the older version reads the newer schema.
    </Notice>
  );
}

function whyBlocked(body: RollbackPreviewBody | undefined, error: Error | null, words: Asked): string | undefined {
  if (error !== null) {
    return "There is nothing to roll back.";
  }
  if (body === undefined) {
    return "Still working out what would come back.";
  }
  if (!body.may.allowed) {
    return body.may.because;
  }
  return whyNotAsked(body.policy, words, new Date());
}
