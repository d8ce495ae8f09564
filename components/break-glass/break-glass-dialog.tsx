"use client";

import type { ReactNode } from "react";
import { usePerson, useRows } from "#components/live/live-provider.tsx";
import type { ServerAction } from "#components/live/use-action.ts";
import { ReasonDialog } from "#components/requests/reason-dialog.tsx";
import { countWords } from "#components/requests/request-words.ts";
import { mayBreakGlass } from "#lib/break-glass/policy.ts";
import type { BreakGlassInput } from "#lib/break-glass/schema.ts";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { unreviewedIn } from "./glass-words.ts";

export type BreakGlass = ServerAction<BreakGlassInput, { breakGlassId: string }>;

const WHY_ALONE = {
  label: "Why",
  say: "Say why",
  hint: "What is at stake, and whom you have tried to reach.",
} as const;

type BreakGlassDialogProps = Readonly<{ environment: EnvironmentRow; breakGlass: BreakGlass; onClose: () => void }>;

/** Takes the words that open the glass of an environment. */
export function BreakGlassDialog({ environment, breakGlass, onClose }: BreakGlassDialogProps): ReactNode {
  const person = usePerson();
  const glass = [...useRows("breakGlass").values()];
  const rule = environment.breakGlass;
  const decision = mayBreakGlass(person, environment.id, rule, unreviewedIn(glass, environment.id));
  const minutes = Math.round((rule?.lastsMs ?? 0) / 60_000);
  return (
    <ReasonDialog
      title={`Break the glass of ${environment.id}`}
      lead={`For ${countWords(minutes, "minute")} you may promote, roll back and restart here without anyone's agreement.`}
      rule="It is on record, and everyone sees it."
      sure="Break the glass"
      variant="danger"
      question={WHY_ALONE}
      decision={decision}
      draftKey={`break glass ${environment.id}`}
      action={breakGlass}
      inputOf={(reason) => ({ environment: environment.id, reason })}
      stepUpDigest={rule?.stepUp === true ? rule.digest : undefined}
      onClose={onClose}
      onDone={onClose}
    >
      <p>
        Only when those who must agree cannot be reached. A banner stands over every page of everybody while it lasts,
        and somebody else ({(rule?.review ?? []).join(" or ")}) must review it before it can be used again. It never
        switches the record off.
      </p>
    </ReasonDialog>
  );
}
