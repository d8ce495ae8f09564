"use client";

import type { ReactNode } from "react";
import type { Decision } from "#lib/access/model.ts";
import type { TakeOverInput } from "#lib/operations/schema.ts";
import { ReasonDialog } from "./reason-dialog.tsx";
import { type TakeOverProps, WAYS } from "./take-over.tsx";

/** Takes the words with which somebody takes an operation over. */
export function TakeOverDialog({
  request,
  to,
  decision,
  takeOver,
  onClose,
}: TakeOverProps & Readonly<{ to: TakeOverInput["to"]; decision: Decision; onClose: () => void }>): ReactNode {
  const { title, lead, sure } = WAYS[to];
  return (
    <ReasonDialog
      title={title}
      lead={lead}
      rule="It is on record."
      decision={decision}
      sure={sure}
      variant={to === "stop-waiting" ? "danger" : "primary"}
      draftKey={`take over ${request.id}`}
      action={takeOver}
      inputOf={(reason) => ({ requestId: request.id, to, reason })}
      onClose={onClose}
      onDone={onClose}
    />
  );
}
