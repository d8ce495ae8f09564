"use client";

import { type ReactNode, useState } from "react";
import { usePerson } from "#components/live/live-provider.tsx";
import { type ServerAction, useAction } from "#components/live/use-action.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog, DialogRule } from "#components/ui/dialog.tsx";
import { forgetDraft } from "#components/ui/drafts.ts";
import { Field } from "#components/ui/field.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { isReadyToRun, type RequestRow } from "#lib/requests/model.ts";
import { mayApprove, mayReject, mayRun, mayWithdraw } from "#lib/requests/policy.ts";
import type {
  ApproveRequestInput,
  RejectRequestInput,
  RunRequestInput,
  WithdrawRequestInput,
} from "#lib/requests/schema.ts";

export type DecisionActions = Readonly<{
  approve: ServerAction<ApproveRequestInput, null>;
  reject: ServerAction<RejectRequestInput, null>;
  withdraw: ServerAction<WithdrawRequestInput, null>;
  run: ServerAction<RunRequestInput, null>;
}>;

type DecisionButtonsProps = Readonly<{
  request: RequestRow;
  actions: DecisionActions;
  /** Why nothing can be approved at all just now, such as a cluster that does not answer. */
  stale: string | undefined;
  onError: (error: Error | null) => void;
}>;

/** Approve, reject, withdraw: what may not be done says why. */
export function DecisionButtons({ request, actions, stale, onError }: DecisionButtonsProps): ReactNode {
  const person = usePerson();
  const [isRejecting, setRejecting] = useState(false);
  const stepUpDigest = () => (request.policy?.stepUp === true ? request.digest : undefined);
  const approving = useAction(actions.approve, () => onError(null), stepUpDigest);
  const withdrawing = useAction(actions.withdraw, () => onError(null));
  const running = useAction(actions.run, () => onError(null), stepUpDigest);
  const isReady = isReadyToRun(request);
  if (request.state !== "waiting" && !isReady) {
    return null;
  }
  const approval = mayApprove(person, request);
  const start = mayRun(person, request);
  const rejection = mayReject(person, request);
  const isOwn = mayWithdraw(person, request).allowed;
  return (
    <>
      {isOwn ? (
        <Button busy={withdrawing.isPending} onClick={() => withdrawing.mutate({ requestId: request.id }, { onError })}>
          Withdraw
        </Button>
      ) : (
        <Button
          variant="danger-outline"
          wide
          blockedBecause={rejection.allowed ? undefined : rejection.because}
          onClick={() => setRejecting(true)}
        >
          Reject
        </Button>
      )}
      {isReady ? (
        <Button
          variant="primary"
          wide
          busy={running.isPending}
          blockedBecause={start.allowed ? stale : start.because}
          onClick={() => running.mutate({ requestId: request.id, digest: request.digest }, { onError })}
        >
          Start
        </Button>
      ) : (
        <Button
          variant="primary"
          wide
          busy={approving.isPending}
          blockedBecause={approval.allowed ? stale : approval.because}
          onClick={() => approving.mutate({ requestId: request.id, digest: request.digest }, { onError })}
        >
          Approve
        </Button>
      )}
      {isRejecting ? (
        <RejectDialog request={request} reject={actions.reject} onClose={() => setRejecting(false)} />
      ) : null}
    </>
  );
}

type RejectDialogProps = Readonly<{ request: RequestRow; reject: DecisionActions["reject"]; onClose: () => void }>;

function RejectDialog({ request, reject, onClose }: RejectDialogProps): ReactNode {
  const [reason, setReason] = useState("");
  const draftKey = `reject ${request.id}`;
  const rejecting = useAction(reject, () => {
    forgetDraft(draftKey);
    onClose();
  });
  return (
    <Dialog
      open
      size="small"
      onClose={onClose}
      title="Reject this request"
      lead={`${request.requestedBy} will see why. Nothing changes in ${request.environment}.`}
      footer={
        <>
          <DialogRule>It is on record.</DialogRule>
          <Button onClick={onClose}>Close</Button>
          <Button
            variant="danger"
            busy={rejecting.isPending}
            blockedBecause={reason.trim().length < 8 ? "Say why first, in at least 8 characters." : undefined}
            onClick={() => rejecting.mutate({ requestId: request.id, reason })}
          >
            Reject the request
          </Button>
        </>
      }
    >
      {rejecting.error === null ? null : <Notice tone="broken">{rejecting.error.message}</Notice>}
      <Field label="Why" name="reason" required rows={3} maxLength={2000} draftKey={draftKey} onWords={setReason} />
    </Dialog>
  );
}
