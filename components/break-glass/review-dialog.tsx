"use client";

import type { ReactNode } from "react";
import { ReasonDialog } from "#components/requests/reason-dialog.tsx";
import type { Decision } from "#lib/access/model.ts";
import type { BreakGlassRow } from "#lib/break-glass/model.ts";
import type { GlassActions } from "./glass-panel.tsx";

const FINDING = {
  label: "What you found",
  say: "Say what you found",
  hint: "Was it justified, and what follows from it?",
} as const;

type ReviewDialogProps = Readonly<{
  glass: BreakGlassRow;
  decision: Decision;
  review: GlassActions["review"];
  onClose: () => void;
}>;

/** Takes what somebody found who looked at what was done behind the glass. */
export function ReviewDialog({ glass, decision, review, onClose }: ReviewDialogProps): ReactNode {
  return (
    <ReasonDialog
      title={`Review what ${glass.account} did in ${glass.environment}`}
      lead={`“${glass.reason}” What was done stands in the requests below and on the record.`}
      rule="It is on record; afterwards the glass can be used again."
      sure="Put the review on record"
      variant="primary"
      decision={decision}
      question={FINDING}
      draftKey={`review ${glass.id}`}
      action={review}
      inputOf={(words) => ({ breakGlassId: glass.id, review: words })}
      onClose={onClose}
      onDone={onClose}
    />
  );
}
