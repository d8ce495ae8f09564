"use client";

import type { ReactNode } from "react";
import { useRows } from "#components/live/live-provider.tsx";
import type { ServerAction } from "#components/live/use-action.ts";
import { ChangeDialog } from "#components/releases/change-dialog.tsx";
import { agreeWords, countWords } from "#components/requests/request-words.ts";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { restartPreviewKey } from "#lib/restarts/keys.ts";
import type { WorkloadRef } from "#lib/restarts/model.ts";
import type { RestartInput, RestartPreviewBody } from "#lib/restarts/schema.ts";
import { RestartPlanView } from "./restart-plan.tsx";

type RestartDialogProps = Readonly<{
  environment: EnvironmentRow;
  workload: WorkloadRef;
  restart: ServerAction<RestartInput, { requestId: string }>;
  onClose: () => void;
}>;

/** Which pods a restart replaces and in whose name, and the words that ask for it. */
export function RestartDialog({ environment, workload, restart, onClose }: RestartDialogProps): ReactNode {
  const { kind, namespace, name } = workload;
  const standing = useStanding(environment, workload);
  const query = new URLSearchParams({ environment: environment.id, kind, namespace, name });
  return (
    <ChangeDialog
      environment={environment}
      preview={{
        key: restartPreviewKey(environment.id, workload),
        url: `/api/v1/restarts/preview?${query}`,
        moves: standing,
      }}
      request={(asked) => restart({ ...asked, workload: { kind, namespace, name } })}
      verb="Restart"
      variant="primary"
      draftKey={`restart ${environment.id} ${kind} ${namespace}/${name}`}
      title={() => `Restart ${name} in ${environment.id}`}
      sought="what would be restarted"
      lead={({ plan }) => `${countWords(plan.pods, "pod")} of ${name} would be replaced; release and settings stay.`}
      rule={ruleWords}
      nothing="There is nothing to restart."
      hint="What it is to mend; it stays on the record."
      onClose={onClose}
    >
      {({ plan, digest }) => <RestartPlanView plan={plan} digest={digest} digestIs="exactly this is asked for" />}
    </ChangeDialog>
  );
}

/** Another whenever the workload is another object, or is scaled. */
function useStanding({ id }: EnvironmentRow, { kind, namespace, name }: WorkloadRef): string {
  const row = [...useRows("workload").values()].find(
    (one) => one.environment === id && one.kind === kind && one.namespace === namespace && one.name === name,
  );
  return row === undefined ? "" : `${row.id} ${row.rollout.desired}`;
}

function ruleWords({ policy }: RestartPreviewBody): string {
  return policy === null || policy.agree.length === 0
    ? "Nobody else needs to agree: it starts at once and is on record."
    : `Nothing changes yet: ${agreeWords(policy.agree)} must approve exactly this${policy.exclude.includes("requester") ? ", other than you" : ""}.`;
}
