"use client";

import dynamic from "next/dynamic";
import { type ReactNode, useState } from "react";
import { whyOf } from "#components/access/why.ts";
import { usePerson } from "#components/live/live-provider.tsx";
import { type ServerAction, useAction } from "#components/live/use-action.ts";
import { Button } from "#components/ui/button.tsx";
import { useNow } from "#components/ui/use-now.ts";
import { isReadyToRun, type RequestRow } from "#lib/requests/model.ts";
import { mayApprove, mayReject, mayStart, mayWithdraw, whyNotNow } from "#lib/requests/policy.ts";
import type {
  ApproveRequestInput,
  RejectRequestInput,
  RunRequestInput,
  WithdrawRequestInput,
} from "#lib/requests/schema.ts";

// What is not looked at is not loaded.
const RejectDialog = dynamic(() => import("./reject-dialog.tsx").then((file) => file.RejectDialog));

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

/** Approve, reject, withdraw, start: each says why it may or may not be done. */
export function DecisionButtons({ request, actions, stale, onError }: DecisionButtonsProps): ReactNode {
  const person = usePerson();
  const now = useNow();
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
  const start = mayStart(person, request, now);
  const rejection = mayReject(person, request);
  const withdrawal = mayWithdraw(person, request);
  return (
    <>
      {withdrawal.allowed ? (
        <Button
          busy={withdrawing.isPending}
          {...whyOf(withdrawal)}
          onClick={() => withdrawing.mutate({ requestId: request.id }, { onError })}
        >
          Withdraw
        </Button>
      ) : (
        <Button variant="danger-outline" wide {...whyOf(rejection)} onClick={() => setRejecting(true)}>
          Reject
        </Button>
      )}
      {isReady ? (
        <Button
          variant="primary"
          wide
          busy={running.isPending}
          {...whyOf(start, stale)}
          onClick={() => running.mutate({ requestId: request.id, digest: request.digest }, { onError })}
        >
          Start
        </Button>
      ) : (
        <Button
          variant="primary"
          wide
          busy={approving.isPending}
          {...whyOf(approval, stale ?? whyNotNow(request, now))}
          onClick={() => approving.mutate({ requestId: request.id, digest: request.digest }, { onError })}
        >
          Approve
        </Button>
      )}
      {isRejecting ? (
        <RejectDialog
          request={request}
          decision={rejection}
          reject={actions.reject}
          onClose={() => setRejecting(false)}
        />
      ) : null}
    </>
  );
}
