"use client";

import dynamic from "next/dynamic";
import { type ReactNode, useState } from "react";
import { whyOf } from "#components/access/why.ts";
import { usePerson, useRows } from "#components/live/live-provider.tsx";
import { type ServerAction, useAction } from "#components/live/use-action.ts";
import { Age } from "#components/ui/age.tsx";
import { Button } from "#components/ui/button.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { Row, Rows } from "#components/ui/rows.tsx";
import { Tag } from "#components/ui/tag.tsx";
import { useNow } from "#components/ui/use-now.ts";
import { type BreakGlassRow, isBroken } from "#lib/break-glass/model.ts";
import { mayCloseGlass, mayReviewGlass } from "#lib/break-glass/policy.ts";
import type { CloseBreakGlassInput, ReviewBreakGlassInput } from "#lib/break-glass/schema.ts";
import { openGlass, stateWords, unaskedNames } from "./glass-words.ts";

// What is not looked at is not loaded.
const ReviewDialog = dynamic(() => import("./review-dialog.tsx").then((file) => file.ReviewDialog));

export type GlassActions = Readonly<{
  close: ServerAction<CloseBreakGlassInput, null>;
  review: ServerAction<ReviewBreakGlassInput, null>;
}>;

/** Every breaking of the glass that holds or waits for its review; nothing where there is none. */
export function GlassPanel({ actions }: Readonly<{ actions: GlassActions }>): ReactNode {
  const rows = [...useRows("breakGlass").values()];
  const { broken, toReview } = openGlass(rows, useNow());
  const open = [...broken, ...toReview];
  if (open.length === 0) {
    return null;
  }
  return (
    <Panel title="Broken glass" hint="somebody acted without the others' agreement">
      <Rows label="Broken glass">
        {open.map((glass) => (
          <GlassRow key={glass.id} glass={glass} actions={actions} />
        ))}
      </Rows>
    </Panel>
  );
}

function GlassRow({ glass, actions }: Readonly<{ glass: BreakGlassRow; actions: GlassActions }>): ReactNode {
  const now = useNow();
  const person = usePerson();
  const rule = useRows("environment").get(glass.environment)?.breakGlass ?? null;
  const [isReviewing, setReviewing] = useState(false);
  const closing = useAction(actions.close, () => undefined);
  const closable = mayCloseGlass(person, glass, rule, now);
  const reviewable = mayReviewGlass(person, glass, rule, now);
  return (
    <Row
      mark={<Tag kind={isBroken(glass, now) ? "broken" : "look"}>{isBroken(glass, now) ? "broken" : "to review"}</Tag>}
      title={`${glass.account} in ${glass.environment}, ${stateWords(glass, now)}`}
      detail={
        <>
          <span className="outside">“{glass.reason}”</span>
          {glass.told.length === 0 ? null : <> · not asked: {unaskedNames(glass.told)}</>}
          {closing.error === null ? null : <span className="block text-crit">{closing.error.message}</span>}
        </>
      }
      age={<Age at={glass.openedAt} />}
      action={
        isBroken(glass, now) ? (
          <Button
            busy={closing.isPending}
            {...whyOf(closable)}
            onClick={() => closing.mutate({ breakGlassId: glass.id })}
          >
            End it
          </Button>
        ) : (
          <>
            <Button variant="primary" {...whyOf(reviewable)} onClick={() => setReviewing(true)}>
              Review
            </Button>
            {isReviewing ? (
              <ReviewDialog
                glass={glass}
                decision={reviewable}
                review={actions.review}
                onClose={() => setReviewing(false)}
              />
            ) : null}
          </>
        )
      }
    />
  );
}
