"use client";

import { useRouter } from "next/navigation";
import { type ReactNode, useEffect } from "react";
import { useRows } from "#components/live/live-provider.tsx";
import { useUrlState } from "#components/live/use-url-state.ts";
import { ButtonLink } from "#components/ui/button.tsx";
import { Lead } from "#components/ui/lead.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { Select } from "#components/ui/select.tsx";
import type { AuditRow } from "#lib/audit/model.ts";
import { AUDIT_PATH } from "#lib/routes.ts";
import { AuditTable } from "./audit-table.tsx";

type AuditViewProps = Readonly<{
  rows: readonly AuditRow[];
  search: Readonly<{ actor?: string | undefined; environment?: string | undefined; before?: number | undefined }>;
  people: readonly string[];
}>;

/** The record, newest first, searchable by person and environment. */
export function AuditView({ rows, search, people }: AuditViewProps): ReactNode {
  const [, setActor] = useUrlState("actor");
  const [, setEnvironment] = useUrlState("environment");
  const environments = [...useRows("environment").keys()];
  useFreshRecord();
  const refused = rows.filter((row) => row.outcome === "refused").length;
  const oldest = rows.at(-1);
  return (
    <>
      <Lead title="The record">
        Who asked for what, who agreed, and what came of it. It is only ever added to, and each row carries the hash of
        the one before it. {refused > 0 ? `${refused} of the ${rows.length} rows shown are refusals.` : ""}
      </Lead>
      <Panel
        title="Events"
        hint="newest first"
        aside={
          <>
            <Select
              label="Who"
              value={search.actor}
              options={[...people, "system:gatehouse", "nobody"]}
              onChange={setActor}
            />
            <Select label="Where" value={search.environment} options={environments} onChange={setEnvironment} />
          </>
        }
      >
        <AuditTable rows={rows} />
      </Panel>
      {oldest !== undefined && oldest.seq > 1 && rows.length >= 100 ? (
        <div className="mt-4 flex justify-center">
          <ButtonLink href={olderPath(search, oldest.seq)}>Older</ButtonLink>
        </div>
      ) : null}
    </>
  );
}

function olderPath(search: AuditViewProps["search"], before: number): string {
  const query = new URLSearchParams({ before: String(before) });
  if (search.actor !== undefined) {
    query.set("actor", search.actor);
  }
  if (search.environment !== undefined) {
    query.set("environment", search.environment);
  }
  return `${AUDIT_PATH}?${query}`;
}

/** Whatever changes a request has left a row; the page is then read again. */
function useFreshRecord(): void {
  const router = useRouter();
  const requests = useRows("request");
  useEffect(() => {
    if (requests.size > 0) {
      router.refresh();
    }
  }, [requests, router]);
}
