"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { Age } from "#components/ui/age.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { StatusMark } from "#components/ui/status.tsx";
import type { RequestRow } from "#lib/requests/model.ts";
import { requestPath } from "#lib/routes.ts";
import { endedAt, endWords, stateOf } from "./request-words.ts";

const SHOWN = 5;

/** The last requests that ended and what came of them; nothing where none has. */
export function LatelyPanel({ requests }: Readonly<{ requests: readonly RequestRow[] }>): ReactNode {
  const ended = requests
    .flatMap((request) => {
      const at = endedAt(request);
      return at === undefined ? [] : [{ request, at }];
    })
    .sort((a, b) => b.at.localeCompare(a.at))
    .slice(0, SHOWN);
  if (ended.length === 0) {
    return null;
  }
  return (
    <Panel title="Lately">
      <ul className="flex flex-col py-1">
        {ended.map(({ request, at }) => (
          <li key={request.id} className="flex items-baseline gap-2.5 px-3.5 py-1">
            <EndMark request={request} />
            <Link href={requestPath(request.id)} title={request.reason} className="min-w-0 flex-1 hover:underline">
              {endWords(request)}
            </Link>
            <span className="flex-none text-faint">
              <Age at={at} form="bare" />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function EndMark({ request }: Readonly<{ request: RequestRow }>): ReactNode {
  const { tone } = stateOf(request);
  return <StatusMark tone={tone === "plain" || tone === "accent" ? "pending" : tone} size={9} />;
}
