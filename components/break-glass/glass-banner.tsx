"use client";

import type { ReactNode } from "react";
import { usePerson, useRows } from "#components/live/live-provider.tsx";
import { ButtonLink } from "#components/ui/button.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { useNow } from "#components/ui/use-now.ts";
import { REQUESTS_PATH } from "#lib/routes.ts";
import { brokenWords, openGlass } from "./glass-words.ts";

/** Over every page while somebody acts alone, for everyone to see. */
export function GlassBanner(): ReactNode {
  const person = usePerson();
  const rows = [...useRows("breakGlass").values()];
  const now = useNow();
  const { broken } = openGlass(rows, now);
  if (broken.length === 0) {
    return null;
  }
  return (
    <Notice tone="broken" banner action={<ButtonLink href={REQUESTS_PATH}>Look at it</ButtonLink>}>
      <strong>The glass is broken.</strong> {broken.map((glass) => brokenWords(glass, person.account)).join(" ")} Nobody
      else's agreement is waited for there; all of it is on record and will be reviewed.
    </Notice>
  );
}
