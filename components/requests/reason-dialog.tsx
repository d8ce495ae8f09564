"use client";

import { type ReactNode, useState } from "react";
import { whyOf, whyWords } from "#components/access/why.ts";
import { type ServerAction, useAction } from "#components/live/use-action.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog, DialogButtons, DialogRule } from "#components/ui/dialog.tsx";
import { forgetDraft } from "#components/ui/drafts.ts";
import { Field } from "#components/ui/field.tsx";
import { Notice } from "#components/ui/notice.tsx";
import type { Decision } from "#lib/access/model.ts";

/** What somebody is asked to put into words. */
type Question = Readonly<{ label: string; say: string; hint?: string }>;

const WHY: Question = { label: "Why", say: "Say why" };

/** What is still to be said before it may be sent; undefined when nothing is. The server asks for as much. */
export function whyTooShort(words: string, { say } = WHY): string | undefined {
  return words.trim().length < 8 ? `${say} first, in at least 8 characters.` : undefined;
}

type ReasonDialogProps<Input, Value> = Readonly<{
  title: string;
  lead: string;
  rule: string;
  /** What the button that does it says. */
  sure: string;
  variant: "primary" | "danger";
  question?: Question;
  /** Whether this person may do it at all, and why. */
  decision: Decision;
  /** Under what the words are kept until they have been sent. */
  draftKey: string;
  action: ServerAction<Input, Value>;
  inputOf: (words: string) => Input;
  /** For which digest the action will ask for a fresh sign-in, if it will. */
  stepUpDigest?: string | undefined;
  onClose: () => void;
  onDone: () => void;
  children?: ReactNode;
}>;

/** Asks for a reason and then does one thing; what was typed outlives a refusal and a closed dialog. */
export function ReasonDialog<Input, Value>({
  title,
  lead,
  rule,
  sure,
  variant,
  question = WHY,
  decision,
  draftKey,
  action,
  inputOf,
  stepUpDigest,
  onClose,
  onDone,
  children,
}: ReasonDialogProps<Input, Value>): ReactNode {
  const [words, setWords] = useState("");
  const acting = useAction(
    action,
    () => {
      forgetDraft(draftKey);
      onDone();
    },
    () => stepUpDigest,
  );
  const why = whyOf(decision, whyTooShort(words, question));
  return (
    <Dialog
      open
      size="small"
      onClose={onClose}
      title={title}
      lead={lead}
      footer={
        <>
          <DialogRule missing={why.blockedBecause}>
            {rule} {decision.allowed ? whyWords(decision) : null}
          </DialogRule>
          <DialogButtons>
            <Button onClick={onClose}>Close</Button>
            <Button variant={variant} busy={acting.isPending} {...why} onClick={() => acting.mutate(inputOf(words))}>
              {sure}
            </Button>
          </DialogButtons>
        </>
      }
    >
      {acting.error === null ? null : <Notice tone="broken">{acting.error.message}</Notice>}
      {children}
      <Field
        label={question.label}
        name="reason"
        required
        rows={3}
        maxLength={2000}
        hint={question.hint}
        draftKey={draftKey}
        onWords={setWords}
      />
    </Dialog>
  );
}
