"use client";

import type { ReactNode } from "react";
import type { ServerAction } from "#components/live/use-action.ts";
import { ReasonDialog } from "#components/requests/reason-dialog.tsx";
import type { Decision } from "#lib/access/model.ts";
import type { EndSessionsInput } from "#lib/access/schema.ts";

type EndSessionsDialogProps = Readonly<{
  account: string;
  decision: Decision;
  endSessions: ServerAction<EndSessionsInput, null>;
  onClose: () => void;
  onDone: () => void;
}>;

/** Asks why before every session of an account is ended. */
export function EndSessionsDialog({
  account,
  decision,
  endSessions,
  onClose,
  onDone,
}: EndSessionsDialogProps): ReactNode {
  return (
    <ReasonDialog
      title={`End the sessions of ${account}`}
      lead={`${account} is signed out everywhere at once and can sign in again. Whoever must not come back has to be locked out at the identity provider too.`}
      rule="It is on record."
      decision={decision}
      sure="End sessions"
      variant="danger"
      draftKey={`end sessions ${account}`}
      action={endSessions}
      inputOf={(reason) => ({ account, reason })}
      onClose={onClose}
      onDone={onDone}
    />
  );
}
