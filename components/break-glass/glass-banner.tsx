"use client";

import type { ReactNode } from "react";
import { usePerson, useRows } from "#components/live/live-provider.tsx";
import { ButtonLink } from "#components/ui/button.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { useNow } from "#components/ui/use-now.ts";
import { wasNotAsked } from "#lib/break-glass/policy.ts";
import { REQUESTS_PATH } from "#lib/routes.ts";
import { brokenWords, openGlass, unaskedWords } from "./glass-words.ts";

/** Over every page while somebody acts alone, for everyone to see; for those who were not asked until it has been reviewed. */
export function GlassBanner(): ReactNode {
  const person = usePerson();
  const rows = [...useRows("breakGlass").values()];
  const now = useNow();
  const { broken, toReview } = openGlass(rows, now);
  const unasked = toReview.filter((glass) => wasNotAsked(person, glass));
  const action = <ButtonLink href={REQUESTS_PATH}>Look at it</ButtonLink>;
  if (broken.length > 0) {
    return (
      <Notice tone="broken" banner action={action}>
        <strong>The glass is broken.</strong> {broken.map((glass) => brokenWords(glass, person)).join(" ")} Nobody
        else's agreement is waited for there; all of it is on record and will be reviewed.
      </Notice>
    );
  }
  return unasked.length === 0 ? null : (
    <Notice tone="look" banner action={action}>
      <strong>You were not asked.</strong> {unasked.map(unaskedWords).join(" ")}
    </Notice>
  );
}
