"use client";

import type { ReactNode } from "react";
import type { ServerAction } from "#components/live/use-action.ts";
import { ChangeDialog } from "#components/releases/change-dialog.tsx";
import { PlanCommits, PlanEvidence, PlanObjects, PlanServices, SurgeRoom } from "#components/releases/plan-view.tsx";
import { agreeWords, countWords, servicesWords } from "#components/requests/request-words.ts";
import { Notice } from "#components/ui/notice.tsx";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import type { AskInput } from "#lib/requests/schema.ts";
import { rollbackPreviewKey } from "#lib/rollbacks/keys.ts";
import type { RollbackPreviewBody } from "#lib/rollbacks/schema.ts";

type RollBackDialogProps = Readonly<{
  environment: EnvironmentRow;
  rollBack: ServerAction<AskInput, { requestId: string }>;
  onClose: () => void;
}>;

/** What taking the last promotion back brings back and what it loses, and the one button that does it. */
export function RollBackDialog({ environment, rollBack, onClose }: RollBackDialogProps): ReactNode {
  return (
    <ChangeDialog
      environment={environment}
      preview={{
        key: rollbackPreviewKey(environment.id),
        url: `/api/v1/rollbacks/preview?environment=${encodeURIComponent(environment.id)}`,
        moves: environment.head ?? "",
      }}
      request={rollBack}
      verb="Roll back"
      variant="danger"
      draftKey={`roll back ${environment.id}`}
      title={(body) =>
        body === undefined
          ? `Roll back ${environment.id}`
          : `Roll back ${servicesWords(body.plan.services.map((one) => one.service))} in ${environment.id}`
      }
      sought="what would come back"
      lead={({ plan }) =>
        `The last promotion, ${plan.reverts.revision.slice(0, 8)}, is taken back by a new commit on ${plan.branch}; nothing is rewritten.`
      }
      rule={ruleWords}
      nothing="There is nothing to roll back."
      hint="What went wrong; it stays on the record."
      onClose={onClose}
    >
      {({ plan, digest, headroom }, isSeen) => (
        <>
          <MigrationsStay plan={plan} />
          <PlanServices plan={plan} digest={digest} digestIs="exactly this is rolled back" isRollback />
          <PlanEvidence evidence={plan.evidence} isRollback />
          <PlanCommits
            commits={plan.commits}
            title="What is lost"
            hint={`${countWords(plan.commits.length, "commit")} until promoted again`}
          />
          <SurgeRoom plan={plan} headroom={headroom} isSeen={isSeen} />
          <PlanObjects plan={plan} />
        </>
      )}
    </ChangeDialog>
  );
}

function ruleWords({ policy }: RollbackPreviewBody): string {
  return policy === null || policy.agree.length === 0
    ? "No second person is needed. It starts at once and is on record."
    : `Nothing changes yet: ${agreeWords(policy.agree)} must approve exactly this.`;
}

function MigrationsStay({ plan }: Pick<RollbackPreviewBody, "plan">): ReactNode {
  const services = plan.services.filter((service) => service.migrations.length > 0);
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
