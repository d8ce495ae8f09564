"use client";

import type { ReactNode } from "react";
import { usePerson } from "#components/live/live-provider.tsx";
import { useUrlState } from "#components/live/use-url-state.ts";
import { Button } from "#components/ui/button.tsx";
import { may } from "#lib/access/policy.ts";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { isFresh, type SourceRow, saySource } from "#lib/watch/freshness.ts";

type ChangeButtonsProps = Readonly<{
  environment: EnvironmentRow;
  /** The sources that the environment is seen through. */
  sources: readonly (SourceRow | undefined)[];
  isPrimary: boolean;
}>;

/** Promote into an environment, or roll it back; each opens the dialog in which it is looked at first. */
export function ChangeButtons({ environment, sources, isPrimary }: ChangeButtonsProps): ReactNode {
  const person = usePerson();
  const [, openPromote] = useUrlState("promote");
  const [, openRollBack] = useUrlState("rollback");
  const unseen = sources.find((source) => source === undefined || !isFresh(source));
  const isUnseen = sources.some((source) => source === undefined || !isFresh(source));
  const stale = isUnseen
    ? `${saySource(unseen, unseen?.id ?? environment.cluster)}; Gatehouse does not act on what it cannot see.`
    : undefined;
  const promoting = may(person, "promotion.request");
  const rolling = may(person, "rollback.run");
  const nothing =
    environment.behind === 0
      ? `Nothing to promote: ${environment.id} has all of ${environment.after ?? "it"}.`
      : undefined;
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      <Button
        blockedBecause={stale ?? (rolling.allowed ? undefined : rolling.because)}
        onClick={() => openRollBack(environment.id)}
      >
        Roll back
      </Button>
      <Button
        variant={isPrimary ? "primary" : "plain"}
        blockedBecause={stale ?? (promoting.allowed ? nothing : promoting.because)}
        onClick={() => openPromote(environment.id)}
      >
        Promote
      </Button>
    </span>
  );
}
