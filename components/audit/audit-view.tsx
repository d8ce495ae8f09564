"use client";

import { useRouter } from "next/navigation";
import { type ReactNode, useEffect } from "react";
import { useRows } from "#components/live/live-provider.tsx";
import { useUrlState } from "#components/live/use-url-state.ts";
import { countWords } from "#components/requests/request-words.ts";
import { ButtonLink } from "#components/ui/button.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { Lead } from "#components/ui/lead.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { Select } from "#components/ui/select.tsx";
import { type AuditRow, GATEHOUSE_ACTOR } from "#lib/audit/model.ts";
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
  const isNarrowed = search.actor !== undefined || search.environment !== undefined || search.before !== undefined;
  return (
    <>
      <Lead title="The record">
        Who asked for what, who agreed, and what came of it. It is only ever added to, and each row carries the hash of
        the one before it.
        {refused > 0 ? (
          <>
            {" "}
            <em>{countWords(refused, "refusal")}</em> among the {rows.length} rows shown.
          </>
        ) : null}
      </Lead>
      <Panel
        title="Events"
        hint="newest first"
        aside={
          <div className="flex gap-3 max-phone:w-full max-phone:flex-col max-phone:gap-2">
            <Select
              label="Who"
              value={search.actor}
              options={[...people, GATEHOUSE_ACTOR, "nobody"]}
              onChange={setActor}
            />
            <Select label="Where" value={search.environment} options={environments} onChange={setEnvironment} />
          </div>
        }
      >
        {rows.length === 0 && isNarrowed ? (
          <Empty title="Nothing on record fits" action={<ButtonLink href={AUDIT_PATH}>Show all</ButtonLink>}>
            No row of the record is by that person and of that environment.
          </Empty>
        ) : (
          <AuditTable rows={rows} />
        )}
      </Panel>
      <div className="mt-4 flex justify-center gap-2">
        {search.before === undefined ? null : <ButtonLink href={pagePath(search, undefined)}>Newest</ButtonLink>}
        {oldest !== undefined && oldest.seq > 1 && rows.length >= 100 ? (
          <ButtonLink href={pagePath(search, oldest.seq)}>Older</ButtonLink>
        ) : null}
      </div>
    </>
  );
}

/** The same search, at its newest rows or at those before one. */
function pagePath(search: AuditViewProps["search"], before: number | undefined): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...search, before })) {
    if (value !== undefined) {
      query.set(name, String(value));
    }
  }
  return query.size === 0 ? AUDIT_PATH : `${AUDIT_PATH}?${query}`;
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
