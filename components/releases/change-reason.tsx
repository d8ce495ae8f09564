"use client";

import type { ReactNode } from "react";
import { whyTooShort } from "#components/requests/reason-dialog.tsx";
import { utcMoment } from "#components/ui/clock-words.ts";
import { Field, Line } from "#components/ui/field.tsx";
import { Notice } from "#components/ui/notice.tsx";
import type { Policy } from "#lib/policies/model.ts";
import { freezeAt, whyTicketFails } from "#lib/policies/policy.ts";
import type { ChangePlan } from "#lib/promotions/model.ts";
import type { AskInput } from "#lib/requests/schema.ts";

/** A key made when a dialog opens: whatever is sent from it, twice or again, is done once. */
export function newKey(): string {
  return crypto.randomUUID();
}

/** Everyone who wrote what a plan brings, each once. */
export function authorsOf(plan: Pick<ChangePlan, "commits">): string[] {
  return [...new Set(plan.commits.flatMap((commit) => commit.people.map((person) => person.name)))].sort();
}

/** Everyone who had a bot write some of what a plan brings, each once. */
export function triggerersOf(plan: Pick<ChangePlan, "commits">): string[] {
  return [...new Set(plan.commits.flatMap((commit) => commit.triggeredBy.map(({ name }) => name)))].sort();
}

/** What somebody says of the change they ask for; empty strings where nothing has been said yet. */
export type Asked = Readonly<{ reason: string; ticket: string; runAt: string }>;

export const NOTHING_ASKED: Asked = { reason: "", ticket: "", runAt: "" };

/** Whether it starts by this word alone, now or at its time, so that whoever asks signs in again for it where the policy says so. */
export function startsByThis(policy: Policy | null | undefined): boolean {
  return policy?.stepUp === true && policy.agree.length === 0 && policy.run !== "by-hand";
}

/** What is still to be said before the change may be asked for; undefined when nothing is. */
export function whyNotAsked(policy: Policy | null, asked: Asked, now: Date): string | undefined {
  const tooShort = whyTooShort(asked.reason);
  if (tooShort !== undefined || policy === null) {
    return tooShort;
  }
  const freeze = freezeAt(policy, now);
  if (freeze !== undefined) {
    return `Frozen until ${utcMoment(new Date(freeze.to))}: ${freeze.name}.`;
  }
  const ticket = asked.ticket.trim();
  return (
    whyTicketFails(policy, ticket === "" ? undefined : ticket) ??
    (policy.run === "scheduled" && asked.runAt === "" ? "Say when it is to start." : undefined)
  );
}

/** What is sent of it. The browser's time field has no zone; its label says UTC. */
export function sentOf({ reason, ticket, runAt }: Asked): Pick<AskInput, "reason" | "ticket" | "runAt"> {
  return {
    reason,
    ...(ticket.trim() === "" ? {} : { ticket: ticket.trim() }),
    ...(runAt === "" ? {} : { runAt: `${runAt}:00Z` }),
  };
}

type ChangeReasonProps = Readonly<{
  draftKey: string;
  hint: string;
  policy: Policy | null;
  asked: Asked;
  onAsked: (asked: Asked) => void;
  error: Error | null;
}>;

/** Why someone wants a change, and what else its policy asks for; what was typed outlives a refusal. */
export function ChangeReason({ draftKey, hint, policy, asked, onAsked, error }: ChangeReasonProps): ReactNode {
  return (
    <>
      {error === null ? null : <Notice tone="broken">{error.message}</Notice>}
      <Field
        label="Why"
        name="reason"
        required
        rows={2}
        maxLength={2000}
        hint={hint}
        draftKey={draftKey}
        onWords={(reason) => onAsked({ ...asked, reason })}
      />
      {policy === null || policy.tickets.length === 0 ? null : (
        <Line
          label="Ticket"
          name="ticket"
          value={asked.ticket}
          hint={`Where this is tracked; it must look like ${policy.tickets.join(" and ")}.`}
          onChange={(ticket) => onAsked({ ...asked, ticket })}
        />
      )}
      {policy?.run === "scheduled" ? (
        <Line
          label="Start at (UTC)"
          name="runAt"
          type="datetime-local"
          value={asked.runAt}
          hint="It starts by itself then, when all have agreed."
          onChange={(runAt) => onAsked({ ...asked, runAt })}
        />
      ) : null}
    </>
  );
}
