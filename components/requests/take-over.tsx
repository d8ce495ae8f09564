"use client";

import dynamic from "next/dynamic";
import { type ReactNode, useState } from "react";
import { whyOf } from "#components/access/why.ts";
import { usePerson } from "#components/live/live-provider.tsx";
import type { ServerAction } from "#components/live/use-action.ts";
import { Button } from "#components/ui/button.tsx";
import { useNow } from "#components/ui/use-now.ts";
import { may } from "#lib/access/policy.ts";
import type { TakeOverInput } from "#lib/operations/schema.ts";
import type { RequestRow } from "#lib/requests/model.ts";

// What is not looked at is not loaded.
const TakeOverDialog = dynamic(() => import("./take-over-dialog.tsx").then((file) => file.TakeOverDialog));

/** Before that it is too early to call it stuck. */
const OFFERED_AFTER_MS = 20_000;

export type TakeOver = ServerAction<TakeOverInput, null>;

export type TakeOverProps = Readonly<{ request: RequestRow; takeOver: TakeOver }>;

export const WAYS = {
  "look-again": {
    button: "Have it looked at again",
    title: "Have this operation looked at again",
    lead: "It is taken from whichever process holds it and goes on from what is really there. Nothing is done twice.",
    sure: "Look again",
  },
  "stop-waiting": {
    button: "Stop waiting",
    title: "Stop waiting for this rollout",
    lead: "The operation ends as failed. What it has changed stays changed, and the cluster goes on by itself.",
    sure: "Stop waiting",
  },
} as const;

/** For an operation that seems stuck: what a person can do about it. */
export function TakeOverButtons({ request, takeOver }: TakeOverProps): ReactNode {
  const person = usePerson();
  const now = useNow();
  const [asked, setAsked] = useState<TakeOverInput["to"]>();
  const { operation } = request;
  const isLong = operation?.state === "running" && now.getTime() - Date.parse(operation.startedAt) > OFFERED_AFTER_MS;
  if (!isLong) {
    return null;
  }
  const decision = may(person, "operation.take-over", request.environment);
  return (
    <div className="flex flex-wrap items-center gap-2 text-dim">
      <span>Does it seem stuck?</span>
      {(["look-again", "stop-waiting"] as const).map((to) => (
        <Button key={to} variant="quiet" small {...whyOf(decision)} onClick={() => setAsked(to)}>
          {WAYS[to].button}
        </Button>
      ))}
      {asked === undefined ? null : (
        <TakeOverDialog
          request={request}
          to={asked}
          decision={decision}
          takeOver={takeOver}
          onClose={() => setAsked(undefined)}
        />
      )}
    </div>
  );
}
