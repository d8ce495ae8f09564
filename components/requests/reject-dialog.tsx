"use client";

import type { ReactNode } from "react";
import type { Decision } from "#lib/access/model.ts";
import type { RequestRow } from "#lib/requests/model.ts";
import type { DecisionActions } from "./decision-panel.tsx";
import { ReasonDialog } from "./reason-dialog.tsx";

type RejectDialogProps = Readonly<{
  request: RequestRow;
  decision: Decision;
  reject: DecisionActions["reject"];
  onClose: () => void;
}>;

/** Takes the words with which somebody rejects a request. */
export function RejectDialog({ request, decision, reject, onClose }: RejectDialogProps): ReactNode {
  return (
    <ReasonDialog
      title="Reject this request"
      lead={`${request.requestedBy} will see why. Nothing changes in ${request.environment}.`}
      rule="It is on record."
      decision={decision}
      sure="Reject the request"
      variant="danger"
      draftKey={`reject ${request.id}`}
      action={reject}
      inputOf={(reason) => ({ requestId: request.id, reason })}
      onClose={onClose}
      onDone={onClose}
    />
  );
}
