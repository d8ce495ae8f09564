"use client";

import type { ReactNode } from "react";
import { Age } from "#components/ui/age.tsx";
import { ButtonLink } from "#components/ui/button.tsx";
import { utcMoment } from "#components/ui/clock-words.ts";
import { Panel } from "#components/ui/panel.tsx";
import { Row, Rows } from "#components/ui/rows.tsx";
import { Tag } from "#components/ui/tag.tsx";
import type { Person } from "#lib/access/model.ts";
import { isOpen, isStartedByHand, type RequestRow, titleOf } from "#lib/requests/model.ts";
import { mayApprove, needsPerson } from "#lib/requests/policy.ts";
import { requestPath } from "#lib/routes.ts";
import { needsWords, stateOf } from "./request-words.ts";

type WaitingPanelProps = Readonly<{ requests: readonly RequestRow[]; person: Person }>;

/** What waits for a human or is under way, oldest first; only the first that one can decide has the filled button. */
export function WaitingPanel({ requests, person }: WaitingPanelProps): ReactNode {
  const open = requests.filter(isOpen).sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  if (open.length === 0) {
    return null;
  }
  const first = open.find((request) => needsPerson(person, request));
  const isWaiting = open.some((request) => request.state === "waiting" || isStartedByHand(request));
  return (
    <Panel title={isWaiting ? "Waiting for a human" : "Under way"} hint={open.length > 1 ? "oldest first" : undefined}>
      <Rows label="Requests that wait or are under way">
        {open.map((request) => (
          <Row
            key={request.id}
            mark={<Tag kind={request.state === "waiting" ? "outline" : "accent"}>{request.action}</Tag>}
            title={titleOf(request)}
            detail={`asked by ${request.requestedBy} · ${nextWords(person, request)}`}
            figure={
              request.action === "restart" ? null : (
                <span className="font-mono text-small">
                  +{request.linesAdded} −{request.linesRemoved}
                </span>
              )
            }
            age={<Age at={request.createdAt} form="bare" />}
            action={
              <ButtonLink href={requestPath(request.id)} variant={request.id === first?.id ? "primary" : "plain"}>
                {needsPerson(person, request) ? "Review" : "Open"}
              </ButtonLink>
            }
          />
        ))}
      </Rows>
    </Panel>
  );
}

/** What is next for a request, said to this person. */
function nextWords(person: Person, request: RequestRow): string {
  if (request.state === "waiting") {
    return mayApprove(person, request).allowed ? "you may approve it" : needsWords(request);
  }
  if (isStartedByHand(request)) {
    return needsPerson(person, request) ? "agreed; you may start it" : "agreed; waits for somebody to start it";
  }
  return request.operation === null && request.runAt !== null
    ? `agreed; starts ${utcMoment(new Date(request.runAt))}`
    : stateOf(request).word;
}
