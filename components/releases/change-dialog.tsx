"use client";

import { useRouter } from "next/navigation";
import { type ReactNode, useState } from "react";
import { whyWords } from "#components/access/why.ts";
import { EnvironmentTag } from "#components/environments/environment-tag.tsx";
import { useSources } from "#components/live/live-provider.tsx";
import { ActionError, type ServerAction, useAction } from "#components/live/use-action.ts";
import { usePreview } from "#components/live/use-preview.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog, DialogButtons, DialogRule } from "#components/ui/dialog.tsx";
import { forgetDraft } from "#components/ui/drafts.ts";
import { Notice } from "#components/ui/notice.tsx";
import { SkeletonPanel } from "#components/ui/skeleton.tsx";
import { type EnvironmentRow, whyUnseen } from "#lib/environments/model.ts";
import type { PreviewFacts } from "#lib/promotions/schema.ts";
import type { AskInput } from "#lib/requests/schema.ts";
import { requestPath } from "#lib/routes.ts";
import { ChangeReason, NOTHING_ASKED, newKey, sentOf, startsByThis, whyNotAsked } from "./change-reason.tsx";

type ChangeDialogProps<Body> = Readonly<{
  environment: EnvironmentRow;
  /** The preview's key, where it is read, and what is another whenever what it is worked out from has moved. */
  preview: Readonly<{ key: readonly string[]; url: string; moves: string }>;
  request: ServerAction<AskInput, { requestId: string }>;
  /** The verb on the button. */
  verb: string;
  /** `danger` where it cannot be undone. */
  variant: "primary" | "danger";
  draftKey: string;
  /** The title before anything is known of the change, and with it. */
  title: (body: Body | undefined) => string;
  /** What is being worked out while there is no preview yet, such as "what would change". */
  sought: string;
  lead: (body: Body) => string;
  rule: (body: Body) => string;
  /** Why nothing can be asked for when there is no preview. */
  nothing: string;
  /** What the reason should say. */
  hint: string;
  onClose: () => void;
  /** The change itself. `isSeen` says whether the cluster answers. */
  children: (body: Body, isSeen: boolean) => ReactNode;
}>;

/** Shows exactly what a change would do, takes the words that ask for it, and asks. Each opening of it asks at most once. */
export function ChangeDialog<Body extends PreviewFacts>({
  environment,
  preview: { key, url, moves },
  request,
  verb,
  variant,
  draftKey,
  title,
  sought,
  lead,
  rule,
  nothing,
  hint,
  onClose,
  children,
}: ChangeDialogProps<Body>): ReactNode {
  const router = useRouter();
  const [idempotencyKey] = useState(newKey);
  const [words, setWords] = useState(NOTHING_ASKED);
  const { body, hasMoved, error, isPending, lookAgain } = usePreview<Body>(key, url, moves);
  const asking = useAction(
    request,
    ({ requestId }) => {
      forgetDraft(draftKey);
      router.push(requestPath(requestId));
    },
    ({ digest }) => (startsByThis(body?.policy) ? digest : undefined),
  );
  const stale = whyUnseen(environment, useSources());
  const blockedBecause = stale ?? whyBlocked();

  function whyBlocked(): string | undefined {
    if (error !== null) {
      return nothing;
    }
    if (body === undefined) {
      return `Still working out ${sought}.`;
    }
    if (hasMoved) {
      return "Look first at what would change by now.";
    }
    return body.may.allowed ? whyNotAsked(body.policy, words, new Date()) : body.may.because;
  }

  function ask(): void {
    if (body !== undefined) {
      asking.mutate(
        { environment: environment.id, digest: body.digest, ...sentOf(words), idempotencyKey },
        { onError: lookAgainAfter },
      );
    }
  }

  /** What stood in the way may be that something else would change by now. */
  function lookAgainAfter(failure: Error): void {
    if (failure instanceof ActionError && failure.refusal.code === "conflict") {
      lookAgain();
    }
  }

  return (
    <Dialog
      open
      size={error === null ? "sheet" : "small"}
      onClose={onClose}
      title={title(body)}
      aside={<EnvironmentTag id={environment.tier === "live" ? "LIVE" : environment.id} tier={environment.tier} />}
      lead={body === undefined ? (error === null ? `Working out ${sought}.` : null) : lead(body)}
      footer={
        <>
          <DialogRule missing={body === undefined ? undefined : blockedBecause}>
            {body === undefined ? "" : rule(body)} {body?.may.allowed === true ? whyWords(body.may) : null}
          </DialogRule>
          <DialogButtons>
            <Button onClick={onClose}>Close</Button>
            <Button
              variant={variant}
              busy={asking.isPending}
              blockedBecause={blockedBecause}
              allowedBecause={body && whyWords(body.may)}
              onClick={ask}
            >
              {verb}
            </Button>
          </DialogButtons>
        </>
      }
    >
      {error === null ? null : (
        <Notice tone="look" action={<Button onClick={lookAgain}>Look again</Button>}>
          {error.message}
        </Notice>
      )}
      {hasMoved ? (
        <Notice tone="look" action={<Button onClick={lookAgain}>Show what would change now</Button>}>
          What this rests on has moved since you opened it, and what would happen is no longer what stands here. What
          you have written stays.
        </Notice>
      ) : null}
      {isPending ? <SkeletonPanel rows={4} /> : null}
      {body === undefined ? null : (
        <>
          <ChangeReason
            draftKey={draftKey}
            policy={body.policy}
            asked={words}
            onAsked={setWords}
            hint={hint}
            error={asking.error}
          />
          {children(body, stale === undefined)}
        </>
      )}
    </Dialog>
  );
}
