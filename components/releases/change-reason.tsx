"use client";

import type { ReactNode } from "react";
import { ActionError } from "#components/live/use-action.ts";
import { Button } from "#components/ui/button.tsx";
import { Field } from "#components/ui/field.tsx";
import { Notice } from "#components/ui/notice.tsx";
import type { ChangePlan } from "#lib/promotions/model.ts";

/** A key made when a dialog opens: whatever is sent from it, twice or again, is done once. */
export function newKey(): string {
  return crypto.randomUUID();
}

/** Everyone who wrote what a plan brings, each once. */
export function authorsOf(plan: Pick<ChangePlan, "commits">): string[] {
  return [...new Set(plan.commits.flatMap((commit) => commit.people.map((person) => person.name)))].sort();
}

type ChangeReasonProps = Readonly<{
  draftKey: string;
  hint: string;
  onWords: (words: string) => void;
  error: Error | null;
  onLookAgain: () => void;
}>;

/** Why someone wants a change; what was typed outlives a refusal. */
export function ChangeReason({ draftKey, hint, onWords, error, onLookAgain }: ChangeReasonProps): ReactNode {
  const isOutdated = error instanceof ActionError && error.refusal.code === "conflict";
  return (
    <>
      {error === null ? null : (
        <Notice tone="broken" action={isOutdated ? <Button onClick={onLookAgain}>Look again</Button> : undefined}>
          {error.message}
        </Notice>
      )}
      <Field
        label="Why"
        name="reason"
        required
        rows={2}
        maxLength={2000}
        hint={hint}
        draftKey={draftKey}
        onWords={onWords}
      />
    </>
  );
}

/** Why there is nothing to show. */
export function PreviewFailure({ error, retry }: Readonly<{ error: Error | null; retry: () => void }>): ReactNode {
  if (error === null) {
    return null;
  }
  return (
    <Notice tone="look" action={<Button onClick={retry}>Look again</Button>}>
      {error.message}
    </Notice>
  );
}
