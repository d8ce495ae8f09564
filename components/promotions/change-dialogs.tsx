"use client";

import type { ReactNode } from "react";
import { useRows } from "#components/live/live-provider.tsx";
import type { ServerAction } from "#components/live/use-action.ts";
import { useUrlState } from "#components/live/use-url-state.ts";
import { RollBackDialog } from "#components/rollbacks/roll-back-dialog.tsx";
import type { AskInput } from "#lib/requests/schema.ts";
import { PromoteDialog } from "./promote-dialog.tsx";

type ChangeDialogsProps = Readonly<{
  request: ServerAction<AskInput, { requestId: string }>;
  rollBack: ServerAction<AskInput, { requestId: string }>;
}>;

/** The dialog that the URL says is open: `?promote=<environment>` or `?rollback=<environment>`. */
export function ChangeDialogs({ request, rollBack }: ChangeDialogsProps): ReactNode {
  const environments = useRows("environment");
  const [promoted, openPromote] = useUrlState("promote");
  const [rolledBack, openRollBack] = useUrlState("rollback");
  const target = environments.get(promoted ?? rolledBack ?? "");
  if (target === undefined) {
    return null;
  }
  if (promoted !== undefined) {
    return (
      <PromoteDialog key={target.id} environment={target} request={request} onClose={() => openPromote(undefined)} />
    );
  }
  return (
    <RollBackDialog key={target.id} environment={target} rollBack={rollBack} onClose={() => openRollBack(undefined)} />
  );
}
