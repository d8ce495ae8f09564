"use client";

import type { ReactNode } from "react";
import { type GlassActions, GlassPanel } from "#components/break-glass/glass-panel.tsx";
import { usePerson, useRows } from "#components/live/live-provider.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { SaidLead } from "#components/ui/said.tsx";
import { isOpen, type RequestRow } from "#lib/requests/model.ts";
import { RequestTable } from "./request-table.tsx";
import { requestsWords } from "./requests-words.ts";
import { WaitingPanel } from "./waiting-panel.tsx";

type RequestsViewProps = Readonly<{ older: readonly RequestRow[]; glassActions: GlassActions }>;

/** Every request: those that wait or run on top, the rest under them. */
export function RequestsView({ older, glassActions }: RequestsViewProps): ReactNode {
  const person = usePerson();
  const held = useRows("request");
  const requests = [...held.values(), ...older.filter((request) => !held.has(request.id))];
  const words = requestsWords(requests, person);
  return (
    <>
      <SaidLead words={words} />
      <div className="flex flex-col gap-5.5">
        <GlassPanel actions={glassActions} />
        <WaitingPanel requests={requests} person={person} />
        <RequestTable
          title="Ended"
          hint="newest first"
          requests={requests.filter((request) => !isOpen(request))}
          empty={
            <Empty title="No request has ended yet">
              Promotions, rollbacks, restarts, rejections and what became void stay here.
            </Empty>
          }
        />
      </div>
    </>
  );
}
