"use client";

import { type ReactNode, useState } from "react";
import { type ServerAction, useAction } from "#components/live/use-action.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog, DialogRule } from "#components/ui/dialog.tsx";
import { forgetDraft } from "#components/ui/drafts.ts";
import { Field } from "#components/ui/field.tsx";
import { Notice } from "#components/ui/notice.tsx";
import type { EndSessionsInput } from "#lib/access/schema.ts";

type EndSessionsDialogProps = Readonly<{
  account: string;
  endSessions: ServerAction<EndSessionsInput, null>;
  onClose: () => void;
  onDone: () => void;
}>;

/** Asks why before every session of an account is ended. */
export function EndSessionsDialog({ account, endSessions, onClose, onDone }: EndSessionsDialogProps): ReactNode {
  const [reason, setReason] = useState("");
  const draftKey = `end sessions ${account}`;
  const ending = useAction(endSessions, () => {
    forgetDraft(draftKey);
    onDone();
  });
  return (
    <Dialog
      open
      size="small"
      onClose={onClose}
      title={`End the sessions of ${account}`}
      lead={`${account} is signed out everywhere at once and can sign in again. Whoever must not come back has to be locked out at the identity provider too.`}
      footer={
        <>
          <DialogRule>It is on record.</DialogRule>
          <Button onClick={onClose}>Close</Button>
          <Button
            variant="danger"
            busy={ending.isPending}
            blockedBecause={reason.trim().length < 8 ? "Say why first, in at least 8 characters." : undefined}
            onClick={() => ending.mutate({ account, reason })}
          >
            End sessions
          </Button>
        </>
      }
    >
      {ending.error === null ? null : <Notice tone="broken">{ending.error.message}</Notice>}
      <Field label="Why" name="reason" required rows={3} maxLength={2000} draftKey={draftKey} onWords={setReason} />
    </Dialog>
  );
}
