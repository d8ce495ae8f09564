"use client";

import type { ReactNode } from "react";
import { whyOf } from "#components/access/why.ts";
import { unreviewedIn } from "#components/break-glass/glass-words.ts";
import { usePerson, useRows } from "#components/live/live-provider.tsx";
import { useUrlState } from "#components/live/use-url-state.ts";
import { Button } from "#components/ui/button.tsx";
import type { Person } from "#lib/access/model.ts";
import { rolesIn } from "#lib/access/policy.ts";
import { mayBreakGlass } from "#lib/break-glass/policy.ts";
import { type EnvironmentRow, whyNotDelivered, whyUnseen } from "#lib/environments/model.ts";
import { mayAsk } from "#lib/policies/policy.ts";
import type { SourceRow } from "#lib/watch/freshness.ts";

type ChangeButtonsProps = Readonly<{
  environment: EnvironmentRow;
  sources: ReadonlyMap<string, SourceRow>;
  isPrimary: boolean;
  /** Something in it is broken, so that rolling back may be what one came for. */
  isBroken: boolean;
}>;

/** Promote into an environment, or roll it back; each opens the dialog in which it is looked at first. */
export function ChangeButtons({ environment, sources, isPrimary, isBroken }: ChangeButtonsProps): ReactNode {
  const person = usePerson();
  const [, openPromote] = useUrlState("promote");
  const [, openRollBack] = useUrlState("rollback");
  const [, breakGlass] = useUrlState("break-glass");
  const glass = [...useRows("breakGlass").values()];
  const blocked = whyNotDelivered(environment) ?? whyUnseen(environment, sources);
  const promoting = mayAsk(person, "promotion", environment.id, environment.policies.promotion);
  const rolling = mayAsk(person, "rollback", environment.id, environment.policies.rollback);
  const alone = mayActHere(person, environment)
    ? mayBreakGlass(person, environment.id, environment.breakGlass, unreviewedIn(glass, environment.id))
    : undefined;
  const nothing =
    environment.behind === 0
      ? `Nothing to promote: ${environment.id} has all of ${environment.after ?? "it"}.`
      : undefined;
  return (
    <span className="inline-flex flex-wrap items-center gap-2 max-phone:w-full">
      {alone === undefined ? null : (
        <Button wide variant="quiet" {...whyOf(alone)} onClick={() => breakGlass(environment.id)}>
          Break the glass
        </Button>
      )}
      <Button
        wide
        variant={isBroken ? "danger-outline" : "plain"}
        {...(blocked === undefined ? whyOf(rolling) : { blockedBecause: blocked })}
        onClick={() => openRollBack(environment.id)}
      >
        Roll back
      </Button>
      <Button
        wide
        variant={isPrimary ? "primary" : "plain"}
        {...(blocked === undefined ? whyOf(promoting, nothing) : { blockedBecause: blocked })}
        onClick={() => openPromote(environment.id)}
      >
        Promote
      </Button>
    </span>
  );
}

/** Only those whom the rule names see the button at all: for everybody else it would be noise beside what they came for. */
function mayActHere(person: Person, { id, breakGlass }: EnvironmentRow): boolean {
  return breakGlass !== null && rolesIn(person, id).some((role) => breakGlass.who.includes(role));
}
