"use client";

import { type ReactNode, useState } from "react";
import { usePerson, useRows } from "#components/live/live-provider.tsx";
import { type ServerAction, useAction } from "#components/live/use-action.ts";
import { useUrlState } from "#components/live/use-url-state.ts";
import { countWords } from "#components/requests/request-words.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog, DialogRule } from "#components/ui/dialog.tsx";
import { forgetDraft } from "#components/ui/drafts.ts";
import { Field } from "#components/ui/field.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { mayBreakGlass } from "#lib/break-glass/policy.ts";
import type { BreakGlassInput } from "#lib/break-glass/schema.ts";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { unreviewedIn } from "./glass-words.ts";

export type BreakGlass = ServerAction<BreakGlassInput, { breakGlassId: string }>;

/** The dialog that the URL says is open: `?break-glass=<environment>`. */
export function BreakGlassDialogs({ breakGlass }: Readonly<{ breakGlass: BreakGlass }>): ReactNode {
  const [environmentId, open] = useUrlState("break-glass");
  const environment = useRows("environment").get(environmentId ?? "");
  return environment === undefined ? null : (
    <BreakGlassDialog environment={environment} breakGlass={breakGlass} onClose={() => open(undefined)} />
  );
}

type BreakGlassDialogProps = Readonly<{ environment: EnvironmentRow; breakGlass: BreakGlass; onClose: () => void }>;

function BreakGlassDialog({ environment, breakGlass, onClose }: BreakGlassDialogProps): ReactNode {
  const person = usePerson();
  const glass = [...useRows("breakGlass").values()];
  const [reason, setReason] = useState("");
  const draftKey = `break glass ${environment.id}`;
  const breaking = useAction(breakGlass, () => {
    forgetDraft(draftKey);
    onClose();
  });
  const rule = environment.breakGlass;
  const decision = mayBreakGlass(person, environment.id, rule, unreviewedIn(glass, environment.id));
  const minutes = Math.round((rule?.lastsMs ?? 0) / 60_000);
  const tooShort = reason.trim().length < 8 ? "Say why first, in at least 8 characters." : undefined;
  return (
    <Dialog
      open
      size="small"
      onClose={onClose}
      title={`Break the glass of ${environment.id}`}
      lead={`For ${countWords(minutes, "minute")} you may promote and roll back here without anyone's agreement.`}
      footer={
        <>
          <DialogRule missing={decision.allowed ? tooShort : decision.because}>
            It is on record, and everyone sees it.
          </DialogRule>
          <Button onClick={onClose}>Close</Button>
          <Button
            variant="danger"
            busy={breaking.isPending}
            blockedBecause={decision.allowed ? tooShort : decision.because}
            onClick={() => breaking.mutate({ environment: environment.id, reason })}
          >
            Break the glass
          </Button>
        </>
      }
    >
      {breaking.error === null ? null : <Notice tone="broken">{breaking.error.message}</Notice>}
      <p>
        Only when those who must agree cannot be reached. A banner stands over every page of everybody while it lasts,
        and somebody else ({(rule?.review ?? []).join(" or ")}) must review it before it can be used again. It never
        switches the record off.
      </p>
      <Field
        label="Why"
        name="reason"
        required
        rows={3}
        maxLength={2000}
        hint="What is at stake, and whom you have tried to reach."
        draftKey={draftKey}
        onWords={setReason}
      />
    </Dialog>
  );
}
