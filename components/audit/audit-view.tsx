"use client";

import { useRouter } from "next/navigation";
import { type ReactNode, useEffect } from "react";
import { usePerson, useRows } from "#components/live/live-provider.tsx";
import { countWords } from "#components/requests/request-words.ts";
import { Button, ButtonLink, DownloadLink } from "#components/ui/button.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { Lead } from "#components/ui/lead.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { reachOf } from "#lib/access/policy.ts";
import type { AuditRow, RecordStanding } from "#lib/audit/model.ts";
import { mayExportPeriod } from "#lib/audit/policy.ts";
import type { AuditSearch } from "#lib/audit/schema.ts";
import { AUDIT_PATH, exportPath } from "#lib/routes.ts";
import { AuditSearchBar } from "./audit-search.tsx";
import { AuditStanding } from "./audit-standing.tsx";
import { AuditTable } from "./audit-table.tsx";
import { auditPath, readWords } from "./audit-words.ts";

type AuditViewProps = Readonly<{
  rows: readonly AuditRow[];
  standing: RecordStanding;
  search: AuditSearch;
  /** What of the search could not be understood, so that all rows are shown. */
  wrong: string | undefined;
  people: readonly string[];
}>;

/** The record, newest first: whether it is whole, a search, and its rows. */
export function AuditView({ rows, standing, search, wrong, people }: AuditViewProps): ReactNode {
  const person = usePerson();
  const environments = [...useRows("environment").keys()];
  useFreshRecord();
  const refused = rows.filter((row) => row.outcome === "refused").length;
  const oldest = rows.at(-1);
  return (
    <>
      <Lead title="The record" actions={<ExportControl search={search} />}>
        Who asked for what, who agreed, and what came of it. It is only ever added to, and each row carries the hash of
        the one before it. {readWords(reachOf(person, "record.read"))} That you read it is on record too, once in ten
        minutes.
        {refused > 0 ? (
          <>
            {" "}
            <em>{countWords(refused, "refusal")}</em> among the {rows.length} rows shown.
          </>
        ) : null}
      </Lead>
      <div className="mb-5.5 flex flex-col gap-3">
        <AuditStanding standing={standing} />
        {wrong === undefined ? null : (
          <Notice tone="look">This search was not understood, so all rows are shown. {wrong}.</Notice>
        )}
      </div>
      <Panel title="Events" hint="newest first">
        <AuditSearchBar search={search} people={people} places={placesOf(environments)} />
        {rows.length === 0 && auditPath({ ...search, row: undefined }) !== AUDIT_PATH ? (
          <Empty title="Nothing on record fits" action={<ButtonLink href={AUDIT_PATH}>Show all</ButtonLink>}>
            No row of the record fits everything that is searched for.
          </Empty>
        ) : (
          <AuditTable rows={rows} />
        )}
      </Panel>
      <div className="mt-4 flex justify-center gap-2">
        {search.before === undefined ? null : (
          <ButtonLink href={auditPath({ ...search, before: undefined, row: undefined })}>Newest</ButtonLink>
        )}
        {oldest !== undefined && oldest.seq > 1 && rows.length >= 100 ? (
          <ButtonLink href={auditPath({ ...search, before: oldest.seq, row: undefined })}>Older</ButtonLink>
        ) : null}
      </div>
    </>
  );
}

/** Each platform of several environments, of which all are found, and each environment. */
function placesOf(environments: readonly string[]): string[] {
  const platforms = environments.map((id) => id.slice(0, id.indexOf("/")));
  const ofSeveral = new Set(platforms.filter((id, index) => platforms.indexOf(id) !== index));
  return [...ofSeveral, ...environments].sort();
}

function ExportControl({ search }: Readonly<{ search: AuditSearch }>): ReactNode {
  const decision = mayExportPeriod(usePerson());
  return decision.allowed ? (
    <DownloadLink href={exportPath({ from: search.from, to: search.to })}>Export</DownloadLink>
  ) : (
    <Button blockedBecause={decision.because}>Export</Button>
  );
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
